// One request, with its progress, and why it failed.

/** How long a request may make no progress. Nothing else notices a connection that died silently. */
const SILENCE_MS = 60_000;

/** Why a request failed. */
export class Problem extends Error {
  constructor(status, detail, after, code) {
    super(detail ?? (status ? `The server answered ${status}.` : "The connection was lost."));
    this.status = status;
    this.after = after;
    this.code = code;
  }

  /** Whether trying again may help. Without a status the connection broke, which may pass, like trouble on the server. */
  get passing() {
    return [0, 408, 429].includes(this.status) || this.status >= 500;
  }
}

/** Sends one request. It does not use fetch(), which cannot report how much has been sent. */
export function request({ signal }, method, url, { headers = {}, body = null, sent = () => {}, silenceMs = SILENCE_MS } = {}) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let silence;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(stop, silenceMs);
    };
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      listen();
      sent(event.loaded);
    });
    request.addEventListener("loadend", () => {
      clearTimeout(silence);
      signal.removeEventListener("abort", stop);
      if (request.status >= 200 && request.status < 300) return resolve(request.response);
      if (signal.aborted) return reject(signal.reason);
      reject(new Problem(request.status, request.response?.detail, Number(request.getResponseHeader("Retry-After")) || undefined, request.response?.code));
    });
    signal.addEventListener("abort", stop);
    listen();
    request.send(body);
  });
}

// Sends one file until it has arrived, however often the line breaks: a small one in one request under a key, so that it
// is stored once however often it comes; a larger one in blocks, of which only those that are missing come again.

/** Bytes up to which a file goes in one request: as many as a block has. */
const ONE_REQUEST = 1 << 20;
/** How long a request may make no progress. A line that died without a word is noticed by nothing else. */
const SILENCE_MS = 60_000;
/** The longest pause before something is tried again. */
const LONGEST_PAUSE_S = 60;
/** Times that a file may be begun, where what was sent of it is gone. */
const MOST_BEGINNINGS = 3;

/** Why a request failed. */
class Problem extends Error {
  constructor(status, detail, after) {
    super(detail ?? (status ? `The server answered ${status}.` : "The connection broke."));
    this.status = status;
    this.after = after;
  }

  /** No status means that the connection broke: that, and trouble on the other side, may pass. */
  get passing() {
    return [0, 408, 429].includes(this.status) || this.status >= 500;
  }
}

/**
 * Sends a file; what it gives is the image. `task` is what is remembered of the upload, `tell` hears how far it is.
 * It fails where trying again would not help, or when `signal` stops it.
 */
export async function sendFile(file, task, tell, signal) {
  const sending = { file, task, tell, signal };
  return file.size > ONE_REQUEST ? inBlocks(sending) : inOneRequest(sending);
}

function inOneRequest(sending) {
  const { file, task, tell } = sending;
  return untilItWorks(sending, () => request(sending, "POST", `/api/v1/images?${task.details}`, {
    headers: { "Idempotency-Key": task.id, "Content-Type": typeOf(file) }, body: file, sent: tell.sent,
  }));
}

async function inBlocks(sending) {
  for (let beginnings = 1; ; beginnings += 1) {
    try {
      const session = await begun(sending);
      if (!session.complete) await sendMissing(sending, session);
      return await untilItWorks(sending, () => request(sending, "POST", `/api/v1/uploads/${session.id}/complete?${sending.task.details}`));
    } catch (error) {
      // Too old, somebody else's, or not whole after all: what was sent is no use any more.
      if (![404, 409, 410].includes(error.status) || beginnings === MOST_BEGINNINGS) throw error;
      delete sending.task.session;
    }
  }
}

/** The session that is remembered, with what has come of it, or a new one. */
async function begun(sending) {
  const { file, task, tell } = sending;
  const asked = task.session
    ? ["GET", `/api/v1/uploads/${task.session}`]
    : ["POST", `/api/v1/uploads?${task.details}&size=${file.size}`];
  const session = await untilItWorks(sending, () => request(sending, ...asked));
  task.session = session.id;
  tell.remember(task);
  return session;
}

async function sendMissing(sending, session) {
  const { file, tell } = sending;
  const { blockSize, blocks } = session;
  const here = new Set(blocks);
  const lengthOf = (index) => Math.min(blockSize, file.size - index * blockSize);
  let sent = blocks.reduce((sum, index) => sum + lengthOf(index), 0);
  tell.sent(sent);
  for (let index = 0; index * blockSize < file.size; index += 1) {
    if (here.has(index)) continue;
    const start = index * blockSize;
    const body = file.slice(start, start + lengthOf(index));
    await untilItWorks(sending, () => request(sending, "PUT", `/api/v1/uploads/${session.id}/blocks/${index}`, {
      headers: { "Content-Type": "application/octet-stream" }, body, sent: (bytes) => tell.sent(sent + bytes),
    }));
    sent += body.size;
  }
}

/** Tries again for as long as the trouble may pass, after pauses that grow; at once when the line is back. */
async function untilItWorks(sending, attempt) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!error.passing) throw error;
      if (error.status === 0) await checkThatItCanWork(sending);
      // Half of it by chance, so that many who lost their line together do not come back together.
      const grown = Math.min(2 ** tries, LONGEST_PAUSE_S) * (0.5 + Math.random() / 2);
      await pause(sending, error.after ?? grown, error);
    }
  }
}

/** A request that got no answer may be one that never gets any. */
async function checkThatItCanWork({ file }) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Problem(400, "The file cannot be read any more; please choose it again.");
  }
  // Who is not signed in any more is sent to another site, which a script cannot follow.
  const answer = await fetch("/api/v1/openapi.json", { method: "HEAD", redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect" || answer?.status === 401) {
    throw new Problem(401, "You are not signed in any more. Reload the page and choose the same files: they go on where they stopped.");
  }
}

function pause({ tell, signal }, seconds, error) {
  return new Promise((resolve, reject) => {
    const until = Date.now() + seconds * 1000;
    const count = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      if (left <= 0) end(resolve);
      else tell.waiting(left, error);
    };
    const ticking = setInterval(count, 1000);
    const timer = setTimeout(() => end(resolve), seconds * 1000);
    const back = () => error.status === 0 && end(resolve);
    const stop = () => end(reject);
    const end = (settle) => {
      clearInterval(ticking);
      clearTimeout(timer);
      removeEventListener("online", back);
      signal.removeEventListener("abort", stop);
      settle(signal.reason);
    };
    addEventListener("online", back);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    else count();
  });
}

/** One request; fetch() cannot tell how much has been sent. */
function request({ signal }, method, url, { headers = {}, body = null, sent = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let silence;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(stop, SILENCE_MS);
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
      reject(new Problem(request.status, request.response?.detail, Number(request.getResponseHeader("Retry-After")) || undefined));
    });
    signal.addEventListener("abort", stop);
    listen();
    request.send(body);
  });
}

/** A browser names no type for files that it does not know, and firewalls refuse a body that says nothing of itself. */
function typeOf(file) {
  return file.type.startsWith("image/") ? file.type : "application/octet-stream";
}

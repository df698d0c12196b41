// Finds out, before files are sent, which of them this person has uploaded before. Nothing depends on the answer:
// whatever goes wrong here, the file is sent.

/** The largest file in bytes that is asked about, because it has to be in memory for its digest. */
const MOST_BYTES = 64 * 1024 * 1024;
/** How many files one request asks about at most. */
const MOST_FILES = 100;
/** How long an answer is waited for. */
const PATIENCE_MS = 5_000;
/** How long nothing is asked after a request failed, unless the answer says how long. */
const REST_S = 5;

/** Digests that wait for the next request, each with the function that gets the answer. */
const questions = [];
let asking = false;
let restsUntil = 0;

/** Returns the SHA-256 of a file in hexadecimal digits, or null. Without HTTPS a browser has no digests. */
export async function digestOf(file) {
  if (file.size > MOST_BYTES || !globalThis.crypto?.subtle) return null;
  try {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  } catch {
    // The file cannot be read. Sending it says so.
    return null;
  }
}

/** Returns the image that was made of the file with this digest, or null. What is asked meanwhile goes into one request. */
export function findExisting(sha256) {
  if (!sha256) return Promise.resolve(null);
  return new Promise((tell) => {
    questions.push({ sha256, tell });
    if (!asking) askAll();
  });
}

async function askAll() {
  asking = true;
  while (questions.length) {
    const asked = questions.splice(0, MOST_FILES);
    const found = await request(asked.map(({ sha256 }) => sha256));
    for (const { sha256, tell } of asked) tell(found.get(sha256) ?? null);
  }
  asking = false;
}

async function request(sha256) {
  if (Date.now() < restsUntil) return new Map();
  let seconds = REST_S;
  try {
    const answer = await fetch("/api/v1/existing-images", {
      method: "POST", redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sha256 }),
    });
    seconds = Number(answer.headers.get("Retry-After")) || REST_S;
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    const { files } = await answer.json();
    return new Map(files.map((file) => [file.sha256, file.image]));
  } catch {
    restsUntil = Date.now() + seconds * 1000;
    return new Map();
  }
}

// Sends one file until it has arrived, however often the connection breaks. A small file goes in one request with an
// idempotency key, so that it is stored once however often it is sent. A larger one goes in blocks, of which only the
// missing ones are sent again.

import { sentDirectly } from "./direct.js";
import { Problem, request } from "./request.js";

/** The largest file in bytes that goes in one request. It is the size of a block. */
const ONE_REQUEST = 1 << 20;
/** The longest pause in seconds before something is tried again. */
const LONGEST_PAUSE_S = 60;
/** How often a file may be started from the beginning after the part that was sent is lost. */
const MOST_BEGINNINGS = 3;

/**
 * Sends a file and returns the image. `task` is what is remembered of the upload; `tell` is called with its progress.
 * It fails if trying again would not help, or when `signal` stops it.
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
      return await untilItWorks(sending, () => request(sending, "POST", completeUrl(sending, session)));
    } catch (error) {
      // The session is too old, belongs to somebody else, or is incomplete after all. What was sent is of no use any
      // more.
      if (![404, 409, 410].includes(error.status) || beginnings === MOST_BEGINNINGS) throw error;
      delete sending.task.session;
    }
  }
}

/** The digest lets the answer say whether the same file was uploaded before. */
function completeUrl({ task }, session) {
  const digest = task.sha256 ? `&sha256=${task.sha256}` : "";
  return `/api/v1/uploads/${session.id}/complete?${task.details}${digest}`;
}

/** The remembered session with the blocks that have arrived, or a new one. */
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
    const block = { index, body, sent: (bytes) => tell.sent(sent + bytes) };
    if (!await sentDirectly(sending, session, block)) {
      await untilItWorks(sending, () => request(sending, "PUT", `/api/v1/uploads/${session.id}/blocks/${index}`, {
        headers: { "Content-Type": "application/octet-stream" }, ...block,
      }));
    }
    sent += body.size;
  }
}

/** Tries again for as long as the trouble may pass, after growing pauses; at once when the connection is back. */
async function untilItWorks(sending, attempt) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!error.passing) throw error;
      if (error.status === 0) await checkThatItCanWork(sending);
      // Half of the pause is random, so that many clients that lost their connection together do not come back
      // together.
      const grown = Math.min(2 ** tries, LONGEST_PAUSE_S) * (0.5 + Math.random() / 2);
      await pause(sending, error.after ?? grown, error);
    }
  }
}

/** Checks that a request without an answer can ever get one. */
async function checkThatItCanWork({ file }) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Problem(400, "The file can no longer be read. Please choose it again.");
  }
  // If the user is no longer signed in, the request is redirected to another site, which a script cannot follow.
  const answer = await fetch("/api/v1/openapi.json", { method: "HEAD", redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect" || answer?.status === 401) {
    throw new Problem(401, "You are no longer signed in. Reload the page and choose the same files again. Their uploads continue where they stopped.");
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

/** A browser gives no type for unknown files, and firewalls refuse a body without a type. */
function typeOf(file) {
  return file.type.startsWith("image/") ? file.type : "application/octet-stream";
}

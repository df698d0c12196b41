// Writes blocks straight into Blob Storage, where the server offers that and the network allows it. If it does not work,
// the block goes through the server, and nobody has to do anything.

import { request } from "./request.js";

/** After how many failures in a row this page does not try it any more. */
const MOST_FAILURES = 2;
/** How long a block may make no progress. A network that blocks storage often answers nothing at all. */
const SILENCE_MS = 15_000;
/** Characters of a block's id before it is encoded. All ids of a blob have the same length. */
const ID_WIDTH = 48;

let failures = 0;

/** Writes a block, and returns whether that has worked. It fails only if the upload was stopped. */
export async function sentDirectly(sending, session, block) {
  if (!session.direct || failures >= MOST_FAILURES) return false;
  try {
    await write(sending, session, block);
    failures = 0;
    return true;
  } catch (error) {
    if (sending.signal.aborted) throw error;
    failures += 1;
    return false;
  }
}

/** The address expires after a while. The server gives another one. */
async function write(sending, session, block) {
  try {
    await put(sending, session, block);
  } catch (error) {
    if (error.status !== 403) throw error;
    const { direct } = await request(sending, "GET", `/api/v1/uploads/${session.id}`);
    if (!direct) throw error;
    session.direct = direct;
    await put(sending, session, block);
  }
}

function put(sending, { direct }, { index, body, sent }) {
  const id = btoa(String(index).padStart(8, "0").padEnd(ID_WIDTH));
  return request(sending, "PUT", `${direct.url}&comp=block&blockid=${encodeURIComponent(id)}`, {
    headers: { "Content-Type": "application/octet-stream" }, body, sent, silenceMs: SILENCE_MS,
  });
}

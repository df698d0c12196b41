// Drives one case: sets the handler's answer, causes the event, waits for the results in the host's log, and keeps
// everything in a file.
//
// $LOG is the host's log, $RECORDS the handler's (see handler.mjs), $OUT the folder of the results. $ONLY, a regular
// expression, chooses cases by their names.
import fs from "fs";

export * from "./accounts.mjs";
export * from "./topics.mjs";

export const HOST = "http://localhost:7071";
const { LOG, OUT, RECORDS, ONLY } = process.env;
fs.mkdirSync(OUT, { recursive: true });
const only = ONLY ? new RegExp(ONLY) : undefined;

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "");

/** What the handler has recorded; a request may have a second line, which says how it ended. */
function requests() {
  const found = new Map();
  for (const line of read(RECORDS).split("\n").filter(Boolean)) {
    const record = JSON.parse(line);
    found.set(record.seq, { ...found.get(record.seq), ...record });
  }
  return [...found.values()].filter((record) => record.url);
}

/** Tells the handler what to answer, and waits for one that is just being started. */
async function setAnswer(key, answer) {
  for (let attempt = 0; attempt <= 20; attempt++) {
    try {
      const body = JSON.stringify({ key, answer });
      return await (await fetch("http://127.0.0.1:7999/answer", { method: "POST", body })).text();
    } catch {
      await sleep(250);
    }
  }
}

/** The host's log, without the lines that are meant for Azure's own machinery. */
const logText = () =>
  read(LOG)
    .split("\n")
    .filter((line) => !line.startsWith("MS_FUNCTION"))
    .join("\n");

/** How the host judged the invocations of a function. */
function results(name, log) {
  const text = log.replace(/\x1b\[[0-9;]*m/g, "");
  const lines = text.matchAll(
    /Executed 'Functions\.(\w+)' \((Succeeded|Failed), Id=([0-9a-f-]+), Duration=(\d+)ms\)(?:: (.*))?/g,
  );
  return [...lines]
    .filter((line) => line[1] === name)
    .map(([, , result, invocationId, duration, exception]) => ({
      result,
      invocationId,
      durationMs: Number(duration),
      exception,
    }));
}

/** Warnings and errors in the form of Microsoft's host, without stacks. */
function complaints(log) {
  const entries = [...log.matchAll(/^(warn|fail|crit): (\S+)\[\d+\]\n((?: {6}.*\n)*)/gm)];
  return entries
    .map(([, level, category, lines]) => {
      const text = lines.split("\n").map((line) => line.trim());
      const said = text.filter((line) => line && !/^at |^--- /.test(line));
      return { level, category, text: said.join("\n").slice(0, 500) };
    })
    .filter(({ category }) => !/Azure.Core|^Function\.|Host.Results/.test(category))
    .slice(0, 8);
}

/** An answer of the handler that the host accepts. */
export const ok = (body = {}) => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/**
 * Runs one case of the function `fn`: the handler answers `answer` (by default an empty one), `act` causes the event,
 * and `n` results are waited for, or requests with `noResult`; `effects` says what came of it.
 */
export async function run(
  name,
  { fn, answer, answerKey = fn, act, n = 1, timeout = 20000, effects, settle = 300, noResult = false },
) {
  if (only && !only.test(name)) {
    return;
  }
  const logStart = logText().length;
  const requestsBefore = requests().length;
  if (answer !== undefined) {
    await setAnswer(answerKey, answer);
  }
  let action;
  let actionError;
  const start = Date.now();
  try {
    action = await act();
  } catch (error) {
    actionError = String(error.message || error);
  }
  const newLog = () => logText().slice(logStart);
  const newRequests = () => requests().slice(requestsBefore);
  const done = () => (noResult ? newRequests() : results(fn, newLog())).length >= n;
  while (!done() && Date.now() - start < timeout) {
    await sleep(100);
  }
  const judged = results(fn, newLog());
  // More may come than should.
  await sleep(settle);
  const got = newRequests().filter(({ url }) => url !== "/" || name.startsWith("http-forward"));
  if (answer !== undefined) {
    await setAnswer(answerKey, null);
  }
  const hostLog = complaints(newLog());
  const outcome = {
    case: name,
    function: fn,
    action,
    actionError,
    requests: got.map(({ at, seq, ...request }) => request),
    answer,
    results: judged,
    effects: await effects?.(),
    hostLog: hostLog.length > 0 ? hostLog : undefined,
  };
  fs.writeFileSync(`${OUT}/${name}.json`, JSON.stringify(outcome, null, 2) + "\n");
  const letters = judged.map(({ result }) => result[0]).join("") || "-";
  console.log(letters.padEnd(4), name, got.length, "requests", actionError ?? "");
}

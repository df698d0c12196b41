// The handler: answers as told and records each request, one JSON object a line, in the file $RECORDS. It is told at
// port 7999; what it was told outlives it in $RECORDS.answers.
import fs from "fs";
import http from "http";

const { RECORDS } = process.env;
const ANSWERS = RECORDS + ".answers";
const DEFAULT_ANSWER = {
  status: 200,
  headers: { "content-type": "application/json" },
  body: '{"Outputs":{},"Logs":[],"ReturnValue":null}',
};

const answers = fs.existsSync(ANSWERS) ? JSON.parse(fs.readFileSync(ANSWERS)) : {};
// Unique over all runs of the handler.
let seq = process.pid * 100000;

const record = (entry) => fs.appendFileSync(RECORDS, JSON.stringify(entry) + "\n");

function readBody(request) {
  return new Promise((resolve) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("aborted", () => resolve(Buffer.concat(chunks)));
  });
}

function headerPairs({ rawHeaders }) {
  const pairs = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    pairs.push([rawHeaders[i], rawHeaders[i + 1]]);
  }
  return pairs;
}

function bodyField(bytes) {
  const body = bytes.toString("utf8");
  return Buffer.from(body, "utf8").equals(bytes) ? { body } : { bodyBase64: bytes.toString("base64") };
}

/** By the function's name; `*` stands for all forwarded requests. */
function answerTo(url) {
  const name = url.slice(1).split("?")[0];
  return answers[name] ?? (name.startsWith("api/") ? answers["*"] : undefined) ?? DEFAULT_ANSWER;
}

async function handle(request, response) {
  const body = await readBody(request);
  const { method, url, httpVersion } = request;
  const entry = { at: Date.now(), method, url, httpVersion, headers: headerPairs(request), ...bodyField(body) };
  entry.seq = ++seq;
  record(entry);
  response.on("close", () => {
    if (!response.writableFinished) {
      record({ seq: entry.seq, closedByHostAfterMs: Date.now() - entry.at });
    }
  });
  const answer = answerTo(url);
  if (answer.delayMs) {
    await new Promise((resolve) => setTimeout(resolve, answer.delayMs));
  }
  if (answer.exit !== undefined) {
    process.exit(answer.exit);
  }
  if (answer.hangup) {
    request.socket.destroy();
    return;
  }
  response.writeHead(answer.status, answer.headers);
  response.end(answer.bodyBase64 ? Buffer.from(answer.bodyBase64, "base64") : answer.body);
}

/** Sets the answer of one function; null unsets it. */
async function control(request, response) {
  const { key, answer } = JSON.parse(await readBody(request));
  if (answer === null) {
    delete answers[key];
  } else {
    answers[key] = answer;
  }
  fs.writeFileSync(ANSWERS, JSON.stringify(answers));
  response.end();
}

http.createServer(handle).listen(process.env.FUNCTIONS_CUSTOMHANDLER_PORT, "127.0.0.1");
http.createServer(control).listen(7999, "127.0.0.1");

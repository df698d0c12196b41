// HTTP: requests of every kind, keys, and answers. With $FORWARD the app hands requests through to the handler.
import http from "http";
import { gzipSync } from "zlib";
import { drain, listBlobs, ok, readable, run, wipe } from "./drive.mjs";

const FORWARD = process.env.FORWARD === "1";

const asSent = (body) => (Buffer.isBuffer(body) ? { base64: body.toString("base64") } : body);

function headerPairs({ rawHeaders }) {
  const pairs = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    pairs.push([rawHeaders[i], rawHeaders[i + 1]]);
  }
  return pairs;
}

async function receive(response) {
  const chunks = [];
  for await (const chunk of response) {
    chunks.push(chunk);
  }
  const content = readable(Buffer.concat(chunks));
  return { status: response.statusCode, headers: headerPairs(response), body: content.text ?? content };
}

/** Sends a request; what was sent and what was answered. */
function call(method, path, { headers = {}, body, chunked } = {}) {
  const length = body !== undefined && !chunked ? { "Content-Length": Buffer.byteLength(body) } : {};
  return new Promise((resolve, reject) => {
    const target = { host: "127.0.0.1", port: 7071, method, path, headers: { ...headers, ...length } };
    const request = http.request(target, (response) => {
      const sent = { method, path, headers, body: asSent(body), chunked };
      receive(response).then((got) => resolve({ sent, got }), reject);
    });
    request.on("error", reject);
    if (chunked) {
      request.write(body.slice(0, 2));
      setTimeout(() => request.end(body.slice(2)), 50);
    } else {
      request.end(body);
    }
  });
}

/** An answer with the output `res`. */
const res = (value) => ok({ Outputs: { res: value } });

async function effects() {
  const found = { blobs: await listBlobs("wire-out"), next: await drain("wire-next") };
  await wipe("wire-out");
  return found;
}

/** Sends a request to a function whose handler answers `answer`. */
const request = (name, fn, sent, answer, options = {}) =>
  run(`http${FORWARD ? "-forward" : ""}-${name}`, {
    fn,
    answer,
    // A forwarded request does not name its function.
    answerKey: FORWARD && fn !== "HttpAlso" ? "*" : fn,
    act: () => call(...sent),
    timeout: 20000,
    effects,
    ...options,
  });

const plain = FORWARD
  ? { status: 200, headers: { "content-type": "text/plain; charset=utf-8", "x-own": "1" }, body: "answer" }
  : res({ statusCode: 200, body: "answer" });
await wipe("wire-out");
await drain("wire-next");
await request(
  "get",
  "HttpPlain",
  [
    "GET",
    "/api/plain/cats/5?a=1&a=2&b=x%20y&empty=&flag",
    { headers: { Accept: "*/*", "X-Two": ["1", "2"], Cookie: "c=1; d=2", "User-Agent": "tester/1.0" } },
  ],
  plain,
);
await request("get-optional", "HttpPlain", ["GET", "/api/plain/cats"], plain);
await request("head", "HttpPlain", ["HEAD", "/api/plain/cats"], plain);
await request("delete", "HttpPlain", ["DELETE", "/api/plain/cats"], plain);
await request("options", "HttpPlain", ["OPTIONS", "/api/plain/cats"], plain);
await request(
  "post-json",
  "HttpPlain",
  [
    "POST",
    "/api/plain/cats",
    { headers: { "Content-Type": "application/json" }, body: '{"a":1.0,"when":"2026-11-27T10:00:00.000Z","é":[1]}' },
  ],
  plain,
);
await request(
  "post-json-array",
  "HttpPlain",
  ["POST", "/api/plain/cats", { headers: { "Content-Type": "application/json" }, body: '[{"a":1},{"a":2}]' }],
  plain,
);
await request(
  "post-json-broken",
  "HttpPlain",
  ["POST", "/api/plain/cats", { headers: { "Content-Type": "application/json" }, body: '{"a":' }],
  plain,
);
await request(
  "post-text",
  "HttpPlain",
  ["POST", "/api/plain/cats", { headers: { "Content-Type": "text/plain" }, body: "hello é" }],
  plain,
);
await request(
  "post-form",
  "HttpPlain",
  ["POST", "/api/plain/cats", { headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "a=1&b=x+y" }],
  plain,
);
await request(
  "post-binary",
  "HttpPlain",
  [
    "POST",
    "/api/plain/cats",
    { headers: { "Content-Type": "application/octet-stream" }, body: Buffer.from([0, 1, 254, 255]) },
  ],
  plain,
);
await request(
  "post-multipart",
  "HttpPlain",
  [
    "POST",
    "/api/plain/cats",
    {
      headers: { "Content-Type": "multipart/form-data; boundary=x" },
      body: '--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nhello\r\n--x--\r\n',
    },
  ],
  plain,
);
await request(
  "post-image",
  "HttpPlain",
  [
    "POST",
    "/api/plain/cats",
    { headers: { "Content-Type": "image/jpeg" }, body: Buffer.from([0xff, 0xd8, 0xff, 0xe0]) },
  ],
  plain,
);
await request("post-no-type", "HttpPlain", ["POST", "/api/plain/cats", { body: "hello" }], plain);
await request(
  "post-empty",
  "HttpPlain",
  ["POST", "/api/plain/cats", { headers: { "Content-Type": "application/json" }, body: "" }],
  plain,
);
await request(
  "post-chunked",
  "HttpPlain",
  ["POST", "/api/plain/cats", { headers: { "Content-Type": "application/json" }, body: '{"a":1}', chunked: true }],
  plain,
);
await request("route-encoded", "HttpPlain", ["GET", "/api/plain/a%20b%2Fc/%C3%A9"], plain);
await request("key-none", "HttpKey", ["GET", "/api/key"], plain, { timeout: 2500 });
await request("key-wrong", "HttpKey", ["GET", "/api/key?code=no"], plain, { timeout: 2500 });
await request("key-query", "HttpKey", ["GET", "/api/key?code=fk&x=1"], plain);
await request("key-header", "HttpKey", ["GET", "/api/key", { headers: { "x-functions-key": "fk" } }], plain);
await request("key-master", "HttpKey", ["GET", "/api/key", { headers: { "x-functions-key": "mk" } }], plain);
await request("not-found", "HttpPlain", ["GET", "/api/nothing"], undefined, { timeout: 2500 });
await request("method-not-allowed", "HttpPlain", ["PROPFIND", "/api/plain/cats"], undefined, { timeout: 2500 });
if (!FORWARD) {
  const GET = ["GET", "/api/plain/x"];
  await request("answer-status", "HttpPlain", GET, res({ statusCode: 201, body: "made" }));
  await request("answer-status-string", "HttpPlain", GET, res({ statusCode: "404", body: "none" }));
  await request("answer-status-alias", "HttpPlain", GET, res({ status: 404, body: "none" }));
  await request(
    "answer-headers",
    "HttpPlain",
    GET,
    res({
      statusCode: 200,
      headers: {
        "Content-Type": "text/html; charset=utf-8",
        "X-Own": "1",
        "Cache-Control": "no-store",
        Location: "/x",
        ETag: '"e"',
      },
      body: "<p>é</p>",
    }),
  );
  await request(
    "answer-cookies",
    "HttpPlain",
    GET,
    res({
      statusCode: 200,
      cookies: [{ name: "a", value: "b", httpOnly: true, sameSite: "Lax", path: "/" }],
      body: "",
    }),
  );
  await request(
    "answer-set-cookie",
    "HttpPlain",
    GET,
    res({ statusCode: 200, headers: { "Set-Cookie": "a=b; Path=/" }, body: "" }),
  );
  await request(
    "answer-headers-list",
    "HttpPlain",
    GET,
    res({ statusCode: 200, headers: { "X-List": ["1", "2"] }, body: "" }),
  );
  await request(
    "answer-object",
    "HttpPlain",
    GET,
    res({ statusCode: 200, body: { a: 1, when: "2026-11-27T10:00:00.000Z" } }),
  );
  await request(
    "answer-json-string",
    "HttpPlain",
    GET,
    res({ statusCode: 200, headers: { "Content-Type": "application/json" }, body: '{"a":1}' }),
  );
  await request(
    "answer-json-object",
    "HttpPlain",
    GET,
    res({
      statusCode: 200,
      headers: { "Content-Type": "application/json" },
      body: { a: 1.0, when: "2026-11-27T10:00:00.000Z" },
    }),
  );
  await request(
    "answer-base64",
    "HttpPlain",
    GET,
    res({ statusCode: 200, headers: { "Content-Type": "image/png" }, body: "aGVsbG8=" }),
  );
  await request("answer-looks-base64", "HttpPlain", GET, res({ statusCode: 200, body: "test" }));
  await request("answer-date", "HttpPlain", GET, res({ statusCode: 200, body: "2026-11-27T10:00:00.000Z" }));
  await request("answer-null-body", "HttpPlain", GET, res({ statusCode: 200, body: null }));
  await request("answer-204", "HttpPlain", GET, res({ statusCode: 204 }));
  await request("answer-number", "HttpPlain", GET, res({ statusCode: 200, body: 5 }));
  await request("answer-array", "HttpPlain", GET, res({ statusCode: 200, body: [1, "a"] }));
  await request(
    "answer-raw",
    "HttpPlain",
    GET,
    res({ statusCode: 200, isRaw: true, headers: { "Content-Type": "text/plain" }, body: "raw" }),
  );
  await request("answer-string", "HttpPlain", GET, ok({ Outputs: { res: "just text" } }));
  await request("answer-res-null", "HttpPlain", GET, ok({ Outputs: { res: null } }));
  await request("answer-none", "HttpPlain", GET, ok({ Outputs: {} }));
  await request("answer-wrong-name", "HttpPlain", GET, ok({ Outputs: { response: { statusCode: 200, body: "x" } } }));
  await request("answer-bad-status", "HttpPlain", GET, res({ statusCode: 99, body: "x" }));
  await request("answer-500", "HttpPlain", GET, res({ statusCode: 500, body: "own" }));
  await request("handler-500", "HttpPlain", GET, {
    status: 500,
    headers: { "content-type": "text/plain" },
    body: "secret trace",
  });
  await request("handler-404", "HttpPlain", GET, { status: 404, headers: {}, body: "" });
  await request("handler-text", "HttpPlain", GET, {
    status: 200,
    headers: { "content-type": "text/plain" },
    body: "text",
  });
  await request(
    "return-value",
    "HttpReturn",
    ["GET", "/api/return"],
    ok({ Outputs: {}, ReturnValue: { statusCode: 202, body: "ret" } }),
  );
  await request("return-string", "HttpReturn", ["GET", "/api/return"], ok({ Outputs: {}, ReturnValue: "ret" }));
  await request(
    "also",
    "HttpAlso",
    ["POST", "/api/also", { headers: { "Content-Type": "text/plain" }, body: "x" }],
    ok({ Outputs: { res: { statusCode: 200, body: "ok" }, copy: "c", next: "n" } }),
  );
} else {
  const raw = (status, headers, body) => ({ status, headers, body });
  const GET = ["GET", "/api/plain/x"];
  await request("answer-status", "HttpPlain", GET, raw(418, { "content-type": "text/plain" }, "teapot"));
  await request("answer-500", "HttpPlain", GET, raw(500, { "content-type": "text/plain" }, "own error"));
  await request("answer-302", "HttpPlain", GET, raw(302, { location: "/elsewhere" }, ""));
  await request("answer-204", "HttpPlain", GET, raw(204, {}, ""));
  await request(
    "answer-headers",
    "HttpPlain",
    GET,
    raw(
      200,
      {
        "content-type": "text/html; charset=utf-8",
        "set-cookie": ["a=b", "c=d"],
        "x-own": "1",
        "cache-control": "no-store",
        etag: '"e"',
        server: "own",
      },
      "<p>é</p>",
    ),
  );
  await request("answer-gzip", "HttpPlain", ["GET", "/api/plain/x", { headers: { "Accept-Encoding": "gzip" } }], {
    status: 200,
    headers: { "content-type": "text/plain", "content-encoding": "gzip" },
    bodyBase64: gzipSync("zipped").toString("base64"),
  });
  await request("answer-binary", "HttpPlain", GET, {
    status: 200,
    headers: { "content-type": "image/png" },
    bodyBase64: Buffer.from([0x89, 80, 78, 71, 0, 255]).toString("base64"),
  });
  await request("hangup", "HttpPlain", GET, { hangup: true });
  await request(
    "also",
    "HttpAlso",
    ["POST", "/api/also", { headers: { "Content-Type": "text/plain" }, body: "x" }],
    ok({ Outputs: { res: { statusCode: 200, body: "ok" }, copy: "c" } }),
  );
}

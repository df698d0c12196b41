// Answers of the handler: how they are judged, and what is written.
import { gzipSync } from "zlib";
import { docs, drain, listBlobs, run, send, wipe, wipeDocs } from "./drive.mjs";

/** What an answer has led to; cleared away for the next case. */
const effects = async () => {
  const found = {
    blobs: await listBlobs("wire-out"),
    docs: await docs(),
    queue: await drain("wire-next"),
    poison: [
      ...(await drain("wire-answer-poison")),
      ...(await drain("wire-answer-return-poison")),
      ...(await drain("wire-answer-many-poison")),
    ],
  };
  await wipe("wire-out");
  await wipeDocs();
  return found;
};
/** An accepted answer of any body. */
const json = (body, headers = {}) => ({
  status: 200,
  headers: { "content-type": "application/json", ...headers },
  body: typeof body === "string" ? body : JSON.stringify(body),
});
await effects();
/** The function has a blob, a document and a queue as outputs. */
const answer = (name, said, options = {}) =>
  run("answer-" + name, {
    fn: "Answer",
    answer: said,
    act: async () => {
      const message = { id: name };
      await send("wire-answer", JSON.stringify(message));
      return message;
    },
    effects,
    ...options,
  });
await answer(
  "outputs",
  json({
    Outputs: { copy: "text é", record: { id: "r", n: 1 }, next: "message" },
    Logs: ["one", "two"],
    ReturnValue: null,
  }),
);
await answer("no-outputs", json({}));
await answer("outputs-null", json({ Outputs: null, Logs: null, ReturnValue: null }));
await answer("outputs-values-null", json({ Outputs: { copy: null, record: null, next: null } }));
await answer("unknown-output", json({ Outputs: { other: "x", copy: "y" } }));
await answer("case-of-names", json({ outputs: { Copy: "x" }, logs: ["l"], returnValue: "r" }));
await answer("outputs-lower-case", json({ outputs: { copy: "x" }, logs: ["l"] }));
await answer("string-base64-spaces", json({ Outputs: { copy: "by offset", next: "by offset" } }));
await answer("string-base64", json({ Outputs: { copy: "aGVsbG8=", next: "aGVsbG8=" } }));
await answer("string-looks-base64", json({ Outputs: { copy: "test", next: "test" } }));
await answer("string-empty", json({ Outputs: { copy: "", next: "" } }));
await answer("string-date", json({ Outputs: { copy: "2026-11-27T10:00:00.000Z" } }));
await answer("string-date-queue", json({ Outputs: { next: "2026-11-27T10:00:00.000Z" } }));
await answer("string-date-only", json({ Outputs: { copy: "2026-11-27", next: "2026-11-27" } }));
await answer(
  "string-json",
  json({
    Outputs: {
      copy: '{"a":"2026-11-27T10:00:00.000Z","n":1.0}',
      next: '{"a":1}',
      record: '{"id":"s","a":"2026-11-27T10:00:00.000Z","n":1.0}',
    },
  }),
);
await answer("object", json({ Outputs: { copy: { a: 1, b: ["x"] }, next: { a: 1 } } }));
await answer("array", json({ Outputs: { copy: [1, 2, "x"], next: ["one", "two"] } }));
await answer("array-bytes", json({ Outputs: { copy: [104, 105] } }));
await answer("number", json({ Outputs: { copy: 12 } }));
await answer("float", json({ Outputs: { copy: 1.5 } }));
await answer("bool", json({ Outputs: { copy: true } }));
await answer(
  "numbers-in-record",
  json(
    '{"Outputs":{"record":{"id":"nums","int":1,"float":1.0,"exp":1e21,"big":9007199254740993,"huge":123456789012345678901234567890,"neg":-0.0,"small":0.1,"digits":0.12345678901234567890}}}',
  ),
);
await answer(
  "dates-in-record",
  json({
    Outputs: {
      record: {
        id: "dates",
        utc: "2026-11-27T10:00:00.000Z",
        utc3: "2026-11-27T10:00:00.123Z",
        utc7: "2026-11-27T10:00:00.1234567Z",
        offset: "2026-11-27T10:00:00+02:00",
        local: "2026-11-27T10:00:00",
        noSeconds: "2026-11-27T10:00Z",
        day: "2026-11-27",
        slash: "2026/11/27",
        exif: "2026:11:27 10:00:00",
        space: "2026-11-27 10:00:00",
        ms: "/Date(1700000000000)/",
        time: "10:00:00",
        year: "2026",
        nested: { a: ["2026-11-27T10:00:00.000Z"] },
        tagged: "at 2026-11-27T10:00:00.000Z",
        old: "0001-01-01T00:00:00Z",
        far: "9999-12-31T23:59:59.999Z",
        leap: "2016-12-31T23:59:60Z",
        nine: "2026-11-27T10:00:00.123456789Z",
      },
    },
  }),
);
await answer(
  "strings-in-record",
  json(
    '{"Outputs":{"record":{"id":"strings","nul":"a\\u0000b","lone":"\\ud800","emoji":"\\ud83d\\ude42","sep":"\\u2028","html":"<a&b>","empty":"","base64":"aGVsbG8=","nul2":null,"deep":{"a":{"b":{"c":[]}}}}}}',
  ),
);
await answer(
  "record-dollar",
  json({ Outputs: { record: { id: "dollar", $type: "System.String", $ref: "1", $id: "2", a: 1 } } }),
);
await answer("record-duplicate-keys", json('{"Outputs":{"record":{"id":"dup","a":1,"a":2}}}'));
await answer("record-without-id", json({ Outputs: { record: { a: 1 } } }));
await answer("record-id-number", json({ Outputs: { record: { id: 5, a: 1 } } }));
await answer("record-array", json({ Outputs: { record: [{ id: "one" }, { id: "two" }] } }));
await answer("record-too-large", json({ Outputs: { record: { id: "large", text: "x".repeat(2200000) } } }), {
  effects: async () => {
    const e = await effects();
    e.docs = e.docs.map((x) => ({ id: x.id, chars: x.text?.length }));
    return e;
  },
});
await answer(
  "deep-nesting",
  json('{"Outputs":{"record":{"id":"deep","a":' + "[".repeat(100) + "]".repeat(100) + "}}}"),
);
await answer("comments-and-trailing-comma", json('{"Outputs":{"copy":"x",},/*c*/}'));
await answer("single-quotes", json("{'Outputs':{'copy':'x'}}"));
await answer("bom", {
  status: 200,
  headers: { "content-type": "application/json" },
  bodyBase64: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{"Outputs":{"copy":"x"}}')]).toString(
    "base64",
  ),
});
await answer("utf16", {
  status: 200,
  headers: { "content-type": "application/json; charset=utf-16" },
  bodyBase64: Buffer.from('{"Outputs":{"copy":"é"}}', "utf16le").toString("base64"),
});
await answer("latin1", {
  status: 200,
  headers: { "content-type": "application/json; charset=iso-8859-1" },
  bodyBase64: Buffer.from('{"Outputs":{"copy":"é"}}', "latin1").toString("base64"),
});
await answer("invalid-utf8", {
  status: 200,
  headers: { "content-type": "application/json" },
  bodyBase64: Buffer.concat([
    Buffer.from('{"Outputs":{"copy":"'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('"}}'),
  ]).toString("base64"),
});
await answer("content-type-text-json", json({ Outputs: { copy: "x" } }, { "content-type": "text/json" }));
await answer("content-type-problem", json({ Outputs: { copy: "x" } }, { "content-type": "application/problem+json" }));
await answer("content-type-text", json({ Outputs: { copy: "x" } }, { "content-type": "text/plain" }));
await answer("content-type-none", { status: 200, headers: {}, body: '{"Outputs":{"copy":"x"}}' });
await answer("not-json", json("hello"));
await answer("json-string", json('"hello"'));
await answer("json-array", json("[]"));
await answer("json-number", json("5"));
await answer("outputs-array", json({ Outputs: ["x"] }));
await answer("logs-odd", json({ Outputs: {}, Logs: ["a", 1, null, { b: 1 }, true] }));
await answer("logs-string", json({ Outputs: {}, Logs: "text" }));
for (const s of [201, 202, 206, 400, 401, 404, 409, 422, 429, 500, 502, 503])
  await answer("status-" + s, {
    status: s,
    headers: { "content-type": "application/json" },
    body: '{"Outputs":{"copy":"x"},"Logs":["why"]}',
  });
await answer("status-302", { status: 302, headers: { location: "/Elsewhere" }, body: "" }, { timeout: 8000 });
await answer("hangup", { hangup: true }, { timeout: 20000 });
await answer(
  "gzip",
  {
    status: 200,
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
    bodyBase64: gzipSync('{"Outputs":{"copy":"x"}}').toString("base64"),
  },
  { timeout: 20000 },
);
await answer("large-answer", json({ Outputs: { copy: "A".repeat(30000000) } }), {
  effects: async () => {
    const e = await effects();
    e.blobs = e.blobs.map((x) => ({
      ...x,
      text: undefined,
      base64: undefined,
      length: (x.text || x.base64 || "").length,
    }));
    return e;
  },
});
/** The function has a blob as `$return`. */
const returned = (name, value, options = {}) =>
  run("return-" + name, {
    fn: "AnswerReturn",
    answer: json({ Outputs: {}, ReturnValue: value }),
    act: async () => {
      await send("wire-answer-return", JSON.stringify({ id: name }));
      return name;
    },
    effects,
    ...options,
  });
await returned("string", "text");
await returned("object", { a: 1 });
await returned("null", null);
await returned("date", "2026-11-27T10:00:00.000Z");
/** The function has documents and a queue as outputs. */
const many = (name, outputs) =>
  run("many-" + name, {
    fn: "AnswerMany",
    answer: json({ Outputs: outputs }),
    act: async () => {
      await send("wire-answer-many", JSON.stringify({ id: name }));
      return name;
    },
    effects,
  });
await many("records-array", { records: [{ id: "one" }, { id: "two" }], next: ["a", "b"] });
await many("records-string", { records: '[{"id":"one"},{"id":"two"}]' });
await many("next-objects", { next: [{ a: 1 }, { a: 2 }] });

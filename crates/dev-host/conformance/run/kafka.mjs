// Kafka messages in every shape, outputs that a message names, failures and retries.
import { listBlobs, ok, produce, run, send, wipe } from "./drive.mjs";

/** A case of the topic and the function of one kind. */
const topic =
  (kind, fn) =>
  (name, messages, options = {}) =>
    run(`kafka-${kind}-${name}`, {
      fn,
      timeout: 20000,
      act: async () => produce([messages].flat().map((message) => ({ topic: `wire-k-${kind}`, ...message }))),
      ...options,
    });

const SHAPES = [
  ["text", { key: "k1", value: "hello" }],
  ["json", { key: "k1", value: '{"a":1.0,"when":"2026-11-27T10:00:00.000Z"}' }],
  ["bytes", { key: "k1", value: Buffer.from([0, 255, 254, 1]) }],
  ["null-key", { key: null, value: "v" }],
  ["empty-key", { key: "", value: "v" }],
  ["key-json", { key: '{"id":"x"}', value: "v" }],
  ["key-odd", { key: "a b/é#?%.jpg", value: "v" }],
  ["key-not-utf8", { key: Buffer.from([0xff, 0xfe, 0x61]), value: "v" }],
  [
    "headers",
    {
      key: "k",
      value: "v",
      headers: [
        ["text", "héllo"],
        ["binary", Buffer.from([0, 1, 255])],
        ["null", null],
        ["empty", ""],
        ["twice", "1"],
        ["twice", "2"],
        ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
      ],
    },
  ],
  ["timestamp", { key: "k", value: "v", timestamp: 1700000000123 }],
  ["number", { key: "k", value: "12" }],
  ["quoted", { key: "k", value: '"text"' }],
  ["base64", { key: "k", value: "aGVsbG8=" }],
  ["empty-value", { key: "k", value: "" }],
];
const KINDS = [
  ["plain", "KafkaPlain"],
  ["string", "KafkaString"],
  ["binary", "KafkaBinary"],
];
for (const [kind, fn] of KINDS) {
  for (const [name, message] of SHAPES) {
    await topic(kind, fn)(name, message);
  }
}
for (const [kind, fn] of KINDS) {
  await topic(kind, fn)("null-value", { key: "k", value: null }, { timeout: 8000 });
}

const effects = async () => {
  const found = { blobs: await listBlobs("wire-out") };
  await wipe("wire-out");
  return found;
};
const one = topic("one", "KafkaOne");
await one(
  "outputs",
  { key: "folder/photo.jpg", value: "v" },
  { answer: ok({ Outputs: { copy: "by offset", byKey: "by key" } }), effects },
);
await one(
  "outputs-null-key",
  { key: null, value: "v" },
  { answer: ok({ Outputs: { copy: "by offset", byKey: "by key" } }), effects, timeout: 15000 },
);
await one(
  "outputs-null-key-unset",
  { key: null, value: "v" },
  { answer: ok({ Outputs: { copy: "by offset" } }), effects, timeout: 15000 },
);
await topic("many", "KafkaMany")(
  "batch",
  [
    { key: "a", value: "1", headers: [["h", "x"]] },
    { key: null, value: "2" },
    { key: "c", value: Buffer.from([0, 255]) },
  ],
  { timeout: 15000 },
);
await topic("retry", "KafkaRetry")(
  "fails",
  { key: "k", value: "v" },
  { n: 3, answer: { status: 500, headers: {}, body: "" }, settle: 2500, timeout: 20000 },
);
await topic("retry", "KafkaRetry")("next-after-failure", { key: "k2", value: "after" }, { n: 2 });
await topic("fail", "KafkaFail")(
  "fails",
  { key: "k", value: "v" },
  { n: 1, answer: { status: 500, headers: {}, body: "" }, settle: 4000 },
);
await topic("fail", "KafkaFail")("next-after-failure", { key: "k2", value: "after" }, {});
await run("kafka-out", {
  fn: "KafkaOut",
  answer: ok({ Outputs: { out: { a: 1 } } }),
  act: async () => send("wire-kafka-out", "x"),
});

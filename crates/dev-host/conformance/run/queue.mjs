// Messages of a queue, inputs, and a retry policy.
import { database, drain, put, run, send, wipeDocs } from "./drive.mjs";

const message = (name, text) =>
  run("queue-" + name, {
    fn: "QueuePlain",
    act: async () => {
      await send("wire-queue", text);
      return text;
    },
  });
await message("text", "hello");
await message("json", '{"a":1,"when":"2026-11-27T10:00:00.000Z","f":1.0}');
await message("number", "5");
await message("base64", "aGVsbG8=");
await message("empty", "");
await message("json-string", '"text"');
await message("null", "null");
await message("unicode", "é🙂");
await put("wire-in", "in1", Buffer.from([0, 1, 2, 255]));
await database.container("docs").items.upsert({ id: "in1", when: "2026-11-27T10:00:00.000Z", n: 1.0 });
await run("queue-inputs", {
  fn: "QueueInputs",
  act: async () => {
    await send("wire-inputs", '{"id":"in1"}');
  },
});
await run("queue-inputs-missing", {
  fn: "QueueInputs",
  act: async () => {
    await send("wire-inputs", '{"id":"nothing"}');
  },
});
await wipeDocs();
await run("retry-fixed", {
  fn: "QueueRetry",
  n: 3,
  timeout: 15000,
  answer: { status: 500, headers: {}, body: "" },
  act: async () => {
    await send("wire-retry", "x");
  },
  settle: 1500,
  effects: async () => ({ poison: await drain("wire-retry-poison") }),
});

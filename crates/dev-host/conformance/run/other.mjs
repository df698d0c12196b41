// A timer, functions that the admin endpoint starts, and the change feed of Cosmos DB.
import { HOST, database, run } from "./drive.mjs";

/** Starts a function by hand; what was sent and what was answered. */
const admin = async (fn, body, key = "mk") => {
  const response = await fetch(`${HOST}/admin/functions/${fn}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-functions-key": key },
    body: JSON.stringify(body),
  });
  return {
    sent: { path: `/admin/functions/${fn}`, body },
    got: { status: response.status, body: await response.text() },
  };
};

await run("timer-start", {
  fn: "Timer",
  act: async () => "runOnStartup: recorded at start",
  noResult: true,
  timeout: 100,
});
await run("timer-admin", { fn: "Timer", act: () => admin("Timer", {}) });
await run("admin-queue", { fn: "QueuePlain", act: () => admin("QueuePlain", { input: '{"a":1}' }) });
await run("admin-blob", {
  fn: "BlobString",
  act: () => admin("BlobString", { input: "wire-string/string/hello.txt" }),
  timeout: 5000,
});
await run("admin-blob-deferred", {
  fn: "BlobDeferred",
  act: () => admin("BlobDeferred", { input: "wire-deferred/deferred/hello.txt" }),
  timeout: 5000,
});
await run("admin-kafka", { fn: "KafkaString", act: () => admin("KafkaString", { input: "hello" }), timeout: 5000 });
await run("admin-no-key", { fn: "QueuePlain", timeout: 1500, act: () => admin("QueuePlain", { input: "x" }, "no") });
await run("cosmos-one", {
  fn: "CosmosTrigger",
  act: async () => {
    await database.container("feed").items.upsert({ id: "f1", when: "2026-11-27T10:00:00.000Z", n: 1.0 });
  },
  timeout: 20000,
});
await run("cosmos-two", {
  fn: "CosmosTrigger",
  act: async () => {
    await Promise.all(["f2", "f3"].map((id) => database.container("feed").items.upsert({ id })));
  },
  timeout: 20000,
});
await run("cosmos-fails", {
  fn: "CosmosTrigger",
  n: 2,
  answer: { status: 500, headers: {}, body: "" },
  act: async () => {
    await database.container("feed").items.upsert({ id: "f4" });
  },
  timeout: 25000,
});

// Blobs that are announced by Event Grid.
import crypto from "crypto";
import { drain, ok, put, queues, run } from "./drive.mjs";
import { NOTIFICATION, event, post, topic } from "./event-grid.mjs";

const WEBHOOK = "blobs?functionName=Host.Functions.BlobEvents&code=bk";

const delivery = (name, act, options = {}) =>
  run("event-" + name, { fn: "BlobEvents", act, timeout: 12000, ...options });
await delivery(
  "validation",
  () =>
    post(WEBHOOK, { "aeg-event-type": "SubscriptionValidation", "content-type": "application/json" }, [
      {
        id: "1",
        topic,
        subject: "",
        data: { validationCode: "512d38b6", validationUrl: "https://example.org/x" },
        eventType: "Microsoft.EventGrid.SubscriptionValidationEvent",
        eventTime: "2026-11-27T00:00:00Z",
        metadataVersion: "1",
        dataVersion: "1",
      },
    ]),
  { timeout: 1500 },
);
await delivery(
  "cloudevents-validation",
  () =>
    post(
      WEBHOOK,
      { "WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120" },
      undefined,
      "OPTIONS",
    ),
  { timeout: 1500 },
);
await delivery("created", async () => {
  await put("wire-events", "one.jpg", "data");
  return post(WEBHOOK, NOTIFICATION, [event("one.jpg")]);
});
await delivery("created-odd-name", async () => {
  await put("wire-events", "a b/é#?%+.jpg", "data");
  return post(WEBHOOK, NOTIFICATION, [event("a b/é#?%+.jpg")]);
});
await delivery(
  "created-twice",
  async () => {
    const changed = event("one.jpg");
    return [await post(WEBHOOK, NOTIFICATION, [changed]), await post(WEBHOOK, NOTIFICATION, [changed])];
  },
  { n: 2 },
);
await delivery(
  "created-batch",
  async () => {
    for (const n of ["b1", "b2", "b3"]) await put("wire-events", n, "data");
    return post(
      WEBHOOK,
      NOTIFICATION,
      ["b1", "b2", "b3"].map((n) => event(n)),
    );
  },
  { n: 3 },
);
await delivery("created-missing-blob", () => post(WEBHOOK, NOTIFICATION, [event("never.jpg")]), { timeout: 5000 });
await delivery(
  "created-other-container",
  async () => {
    await put("wire-in", "x.jpg", "data");
    const changed = event("x.jpg");
    changed.subject = changed.subject.replace("wire-events", "wire-in");
    changed.data.url = changed.data.url.replace("wire-events", "wire-in");
    return post(WEBHOOK, NOTIFICATION, [changed]);
  },
  { timeout: 5000 },
);
await delivery(
  "deleted",
  () =>
    post(WEBHOOK, NOTIFICATION, [
      event("one.jpg", { top: { eventType: "Microsoft.Storage.BlobDeleted" }, data: { api: "DeleteBlob" } }),
    ]),
  { timeout: 5000 },
);
await delivery(
  "renamed",
  () =>
    post(WEBHOOK, NOTIFICATION, [
      event("one.jpg", { top: { eventType: "Microsoft.Storage.BlobRenamed" }, data: { api: "RenameFile" } }),
    ]),
  { timeout: 5000 },
);
await delivery(
  "other-account",
  () =>
    post(WEBHOOK, NOTIFICATION, [
      event("one.jpg", { data: { url: "https://other.blob.core.windows.net/wire-events/one.jpg" } }),
    ]),
  { timeout: 5000 },
);
await delivery(
  "cloudevent-single",
  () =>
    post(
      WEBHOOK,
      { "content-type": "application/cloudevents+json; charset=utf-8" },
      {
        specversion: "1.0",
        id: crypto.randomUUID(),
        source: topic,
        subject: "/blobServices/default/containers/wire-events/blobs/one.jpg",
        type: "Microsoft.Storage.BlobCreated",
        time: "2026-11-27T10:00:00Z",
        data: event("one.jpg").data,
      },
    ),
  { timeout: 5000 },
);
await delivery(
  "cloudevent-batch",
  () =>
    post(WEBHOOK, { "content-type": "application/cloudevents-batch+json; charset=utf-8" }, [
      {
        specversion: "1.0",
        id: crypto.randomUUID(),
        source: topic,
        subject: "/blobServices/default/containers/wire-events/blobs/one.jpg",
        type: "Microsoft.Storage.BlobCreated",
        time: "2026-11-27T10:00:00Z",
        data: event("one.jpg").data,
      },
    ]),
  { timeout: 5000 },
);
await delivery("no-key", () => post("blobs?functionName=Host.Functions.BlobEvents", NOTIFICATION, [event("one.jpg")]), {
  timeout: 1500,
});
await delivery(
  "wrong-key",
  () => post("blobs?functionName=Host.Functions.BlobEvents&code=no", NOTIFICATION, [event("one.jpg")]),
  {
    timeout: 1500,
  },
);
await delivery(
  "unknown-function",
  () => post("blobs?functionName=Host.Functions.Nothing&code=bk", NOTIFICATION, [event("one.jpg")]),
  {
    timeout: 2500,
  },
);
await delivery(
  "polled-function",
  () => post("blobs?functionName=Host.Functions.BlobString&code=bk", NOTIFICATION, [event("one.jpg")]),
  {
    timeout: 2500,
  },
);
await delivery("not-json", () => post(WEBHOOK, NOTIFICATION, "hello"), { timeout: 2500 });
await delivery("no-array", () => post(WEBHOOK, NOTIFICATION, event("one.jpg")), { timeout: 2500 });
await delivery("empty-array", () => post(WEBHOOK, NOTIFICATION, []), { timeout: 2500 });
await delivery("empty-body", () => post(WEBHOOK, NOTIFICATION, ""), { timeout: 2500 });
await delivery(
  "no-url",
  () => {
    const changed = event("one.jpg");
    delete changed.data.url;
    return post(WEBHOOK, NOTIFICATION, [changed]);
  },
  { timeout: 2500 },
);
await delivery("get", () => post(WEBHOOK, {}, undefined, "GET"), { timeout: 1500 });
await delivery(
  "unsubscribe",
  () => post(WEBHOOK, { "aeg-event-type": "Unsubscribe", "content-type": "application/json" }, [event("one.jpg")]),
  { timeout: 1500 },
);
await delivery(
  "poison",
  async () => {
    await put("wire-events", "bad.jpg", "data");
    return post(WEBHOOK, NOTIFICATION, [event("bad.jpg")]);
  },
  {
    n: 2,
    answer: { status: 500, headers: {}, body: "" },
    timeout: 30000,
    settle: 3000,
    effects: async () => ({ poison: await drain("webjobs-blobtrigger-poison") }),
  },
);
await delivery(
  "queue-message",
  async () => {
    return await post(WEBHOOK, NOTIFICATION, [event("b1")]);
  },
  {
    answer: { ...ok({ Outputs: {} }), delayMs: 3000 },
    timeout: 9000,
    effects: async () => {
      const names = [];
      for await (const { name } of queues.listQueues()) {
        names.push(name);
      }
      return { queues: names };
    },
  },
);

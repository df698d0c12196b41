// Deliveries of Event Grid.
import crypto from "crypto";
import { HOST } from "./drive.mjs";

/** Sends a delivery to a webhook; what was sent and what was answered. */
export const post = async (path, headers, body, method = "POST") => {
  const response = await fetch(`${HOST}/runtime/webhooks/${path}`, {
    method,
    headers,
    body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
  });
  return {
    sent: { method, path: `/runtime/webhooks/${path}`, headers, body },
    got: { status: response.status, headers: [...response.headers], body: await response.text() },
  };
};

export const topic =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/devstoreaccount1";

/** An event about a blob. `data` and `top` replace fields of its data and of itself. */
export const event = (name, { data, top } = {}) => ({
  topic,
  subject: "/blobServices/default/containers/wire-events/blobs/" + name,
  eventType: "Microsoft.Storage.BlobCreated",
  id: crypto.randomUUID(),
  eventTime: "2026-11-27T10:00:00.1234567Z",
  dataVersion: "",
  metadataVersion: "1",
  data: {
    api: "PutBlob",
    clientRequestId: "c",
    requestId: "r",
    eTag: "0x8DABC",
    contentType: "image/jpeg",
    contentLength: 4,
    blobType: "BlockBlob",
    url: "http://127.0.0.1:10000/devstoreaccount1/wire-events/" + name.split("/").map(encodeURIComponent).join("/"),
    sequencer: "00000000000000000000000000000000000000000000001",
    storageDiagnostics: { batchId: "b" },
    ...data,
  },
  ...top,
});

/** Headers of an ordinary delivery. */
export const NOTIFICATION = { "aeg-event-type": "Notification", "content-type": "application/json" };

// The storage account and the database that the functions under test work with.
import { createRequire } from "module";

// The npm packages are those of the repository's tools.
const require = createRequire(new URL("../../../../tools/package.json", import.meta.url));
const { BlobServiceClient } = require("@azure/storage-blob");
const { QueueServiceClient } = require("@azure/storage-queue");
const { CosmosClient } = require("@azure/cosmos");

const STORAGE = "UseDevelopmentStorage=true";
export const COSMOS_ENDPOINT = process.env.COSMOS ?? "http://localhost:8081/";
// The key of the emulators, which Microsoft publishes.
export const COSMOS_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==";

export const blobs = BlobServiceClient.fromConnectionString(STORAGE);
export const queues = QueueServiceClient.fromConnectionString(STORAGE);
export const cosmos = new CosmosClient({ endpoint: COSMOS_ENDPOINT, key: COSMOS_KEY });
export const database = cosmos.database("wire");

/** Bytes as text where they are UTF-8, else in base64. */
export function readable(bytes) {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? { text } : { base64: bytes.toString("base64") };
}

export async function put(container, name, data, { type, metadata, tags } = {}) {
  await blobs
    .getContainerClient(container)
    .getBlockBlobClient(name)
    .uploadData(Buffer.from(data), { blobHTTPHeaders: type ? { blobContentType: type } : undefined, metadata, tags });
}

/** All blobs of a container with what they hold. */
export async function listBlobs(container) {
  const client = blobs.getContainerClient(container);
  const found = [];
  for await (const blob of client.listBlobsFlat({ includeMetadata: true })) {
    const bytes = await client
      .getBlobClient(blob.name)
      .downloadToBuffer()
      // An empty blob has no range that could be asked for.
      .catch(() => Buffer.alloc(0));
    found.push({
      container,
      name: blob.name,
      contentType: blob.properties.contentType,
      metadata: blob.metadata,
      ...readable(bytes),
    });
  }
  return found;
}

/** Deletes all blobs of a container. */
export async function wipe(container) {
  const client = blobs.getContainerClient(container);
  for await (const blob of client.listBlobsFlat()) {
    await client.deleteBlob(blob.name);
  }
}

/** All documents without the fields that the database adds. */
export async function docs() {
  const { resources } = await database.container("docs").items.readAll().fetchAll();
  return resources.map((item) => Object.fromEntries(Object.entries(item).filter(([key]) => !key.startsWith("_"))));
}

export async function wipeDocs() {
  for (const { id } of await docs()) {
    await database
      .container("docs")
      .item(id, id)
      .delete()
      .catch(() => {});
  }
}

export async function send(queue, text) {
  await queues.getQueueClient(queue).sendMessage(Buffer.from(text).toString("base64"));
}

/** Takes all messages out of a queue. */
export async function drain(queue) {
  const client = queues.getQueueClient(queue);
  const found = [];
  if (!(await client.exists())) {
    return found;
  }
  for (;;) {
    const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32, visibilityTimeout: 30 });
    if (receivedMessageItems.length === 0) {
      return found;
    }
    for (const { messageId, popReceipt, messageText, dequeueCount } of receivedMessageItems) {
      const isBase64 = /^[A-Za-z0-9+/=]+$/.test(messageText);
      const decoded = isBase64 ? { decoded: Buffer.from(messageText, "base64").toString() } : {};
      found.push({ queue, messageText, ...decoded, dequeueCount });
      await client.deleteMessage(messageId, popReceipt);
    }
  }
}

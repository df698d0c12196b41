// Makes the containers, queues and databases that the cases use.
import { blobs, cosmos, database, queues } from "./accounts.mjs";

const CONTAINERS = [
  ...["plain", "string", "string2", "binary", "deferred", "deferredc", "deferredb"],
  ...["parts", "fail", "events", "in", "out"],
];
const QUEUES = ["answer", "answer-return", "answer-many", "queue", "inputs", "retry", "next", "kafka-out"];

for (const name of CONTAINERS) {
  await blobs.getContainerClient(`wire-${name}`).createIfNotExists();
}
for (const name of QUEUES) {
  await queues.getQueueClient(`wire-${name}`).createIfNotExists();
}
await cosmos.databases.createIfNotExists({ id: database.id });
for (const id of ["docs", "feed"]) {
  await database.containers.createIfNotExists({ id, partitionKey: "/id" });
}

// What a program does with Cosmos DB, by the SDK for JavaScript. Argument: the account's endpoint.
const assert = require("node:assert/strict");
const { CosmosClient, ChangeFeedStartFrom } = require("@azure/cosmos");

/** The status that an operation is refused with. */
async function refusal(operation) {
  try {
    const response = await operation;
    return response.statusCode;
  } catch (error) {
    return error.code;
  }
}

async function main(endpoint) {
  const client = new CosmosClient({ endpoint, key: "a2V5" });
  const { database } = await client.databases.createIfNotExists({ id: "javascript" });
  const { container } = await database.containers.createIfNotExists({ id: "items", partitionKey: "/group" });
  const ana = { id: "1", group: "a", name: "Ana", n: 1, tags: ["x"] };

  // Create, read, upsert, replace.
  const created = await container.items.create(ana);
  assert.equal(created.statusCode, 201);
  assert.equal(await refusal(container.items.create(ana)), 409);
  await container.items.upsert({ id: "2", group: "a", name: "Bo", n: 2 });
  await container.items.upsert({ id: "3", group: "b", name: "Cy", n: 3 });
  const item = container.item("1", "a");
  const read = await item.read();
  assert.equal(read.resource.name, "Ana");
  assert.equal(await refusal(container.item("none", "a").read()), 404);
  const onlyIf = (condition) => ({ accessCondition: { type: "IfMatch", condition } });
  await item.replace({ ...ana, n: 4 }, onlyIf(read.etag));
  assert.equal(await refusal(item.replace(ana, onlyIf(read.etag))), 412);

  // Query, with both kinds of quotes and in order over partitions.
  const ids = async (query) => (await container.items.query(query).fetchAll()).resources.map((one) => one.id);
  const parameters = [{ name: "@name", value: "Ana" }];
  assert.deepEqual(await ids({ query: "SELECT * FROM c WHERE c.name = @name", parameters }), ["1"]);
  assert.deepEqual(await ids('SELECT * FROM c WHERE c.name = "Ana"'), ["1"]);
  assert.deepEqual(await ids("SELECT * FROM c ORDER BY c.n DESC"), ["1", "3", "2"]);

  // Patch.
  await item.patch([{ op: "set", path: "/n", value: 5 }, { op: "incr", path: "/n", value: 1 }]);
  assert.equal((await item.read()).resource.n, 6);
  const conditional = { condition: "FROM c WHERE c.n = 0", operations: [{ op: "set", path: "/n", value: 7 }] };
  assert.equal(await refusal(item.patch(conditional)), 501);

  // Batch: all or nothing.
  const batch = (id) => [
    { operationType: "Create", resourceBody: { id, group: "a" } },
    { operationType: "Upsert", resourceBody: { id: "2", group: "a", name: "Bo", n: 9 } },
  ];
  const done = await container.items.batch(batch("4"), "a");
  assert.deepEqual(done.result.map((one) => one.statusCode), [201, 200]);
  const undone = await container.items.batch(batch("1"), "a");
  assert.deepEqual(undone.result.map((one) => one.statusCode), [409, 424]);

  // Change feed.
  const feed = container.items.getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning() });
  const changed = new Set();
  for (let pages = 0, empty = 0; empty < 8 && pages < 100; pages++) {
    const page = await feed.readNext();
    empty = page.statusCode === 304 ? empty + 1 : 0;
    for (const one of page.result ?? []) changed.add(one.id);
  }
  assert.deepEqual([...changed].sort(), ["1", "2", "3", "4"]);

  await item.delete();
  assert.equal(await refusal(item.read()), 404);
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

"""What a program does with Cosmos DB, by the SDK for Python. Argument: the account's endpoint."""

import sys

from azure.core import MatchConditions
from azure.cosmos import CosmosClient, PartitionKey
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError


def refusal(operation):
    """The status that an operation is refused with."""
    try:
        operation()
    except CosmosHttpResponseError as error:
        return error.status_code
    return None


def equal(left, right):
    """Ends the program where the two differ."""
    if left != right:
        raise AssertionError(f"{left!r} is not {right!r}")


def main(endpoint):
    client = CosmosClient(endpoint, "a2V5", connection_verify=False)
    database = client.create_database_if_not_exists("python")
    container = database.create_container_if_not_exists("items", PartitionKey("/group"))
    ana = {"id": "1", "group": "a", "name": "Ana", "n": 1, "tags": ["x"]}

    # Create, read, upsert, replace.
    container.create_item(ana)
    equal(refusal(lambda: container.create_item(ana)), 409)
    container.upsert_item({"id": "2", "group": "a", "name": "Bo", "n": 2})
    container.upsert_item({"id": "3", "group": "b", "name": "Cy", "n": 3})
    read = container.read_item("1", "a")
    equal(read["name"], "Ana")
    equal(refusal(lambda: container.read_item("none", "a")), 404)

    def replace(item):
        container.replace_item("1", item, etag=read["_etag"], match_condition=MatchConditions.IfNotModified)

    replace(ana | {"n": 4})
    equal(refusal(lambda: replace(ana)), 412)

    # Query, with both kinds of quotes and in order over partitions.
    def ids(query, parameters=None):
        rows = container.query_items(query, parameters=parameters, enable_cross_partition_query=True)
        return [row["id"] for row in rows]

    equal(ids("SELECT * FROM c WHERE c.name = @name", [{"name": "@name", "value": "Ana"}]), ["1"])
    equal(ids('SELECT * FROM c WHERE c.name = "Ana"'), ["1"])
    equal(ids("SELECT * FROM c ORDER BY c.n DESC"), ["1", "3", "2"])

    # Patch.
    container.patch_item(
        "1", "a", [{"op": "set", "path": "/n", "value": 5}, {"op": "incr", "path": "/n", "value": 1}]
    )
    equal(container.read_item("1", "a")["n"], 6)
    change = [{"op": "set", "path": "/n", "value": 7}]
    equal(refusal(lambda: container.patch_item("1", "a", change, filter_predicate="FROM c WHERE c.n = 0")), 501)

    # Batch: all or nothing.
    def batch(new):
        operations = [
            ("create", ({"id": new, "group": "a"},)),
            ("upsert", ({"id": "2", "group": "a", "name": "Bo", "n": 9},)),
        ]
        return container.execute_item_batch(operations, "a")

    equal([one["statusCode"] for one in batch("4")], [201, 200])
    try:
        batch("1")
        raise AssertionError("a batch with an item that is there already was done")
    except CosmosBatchOperationError as error:
        equal(error.status_code, 409)

    # Change feed.
    changed = {one["id"] for one in container.query_items_change_feed(start_time="Beginning")}
    equal(changed, {"1", "2", "3", "4"})

    container.delete_item("1", "a")
    equal(refusal(lambda: container.read_item("1", "a")), 404)


main(sys.argv[1])

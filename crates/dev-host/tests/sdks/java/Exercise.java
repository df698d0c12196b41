// What a program does with Cosmos DB, by the SDK for Java. Argument: the account's endpoint.

import com.azure.cosmos.CosmosClientBuilder;
import com.azure.cosmos.CosmosContainer;
import com.azure.cosmos.CosmosException;
import com.azure.cosmos.models.CosmosBatch;
import com.azure.cosmos.models.CosmosBatchOperationResult;
import com.azure.cosmos.models.CosmosChangeFeedRequestOptions;
import com.azure.cosmos.models.CosmosItemRequestOptions;
import com.azure.cosmos.models.CosmosPatchItemRequestOptions;
import com.azure.cosmos.models.CosmosPatchOperations;
import com.azure.cosmos.models.CosmosQueryRequestOptions;
import com.azure.cosmos.models.FeedRange;
import com.azure.cosmos.models.PartitionKey;
import com.azure.cosmos.models.SqlParameter;
import com.azure.cosmos.models.SqlQuerySpec;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

public class Exercise {
    static final PartitionKey A = new PartitionKey("a");
    static final CosmosItemRequestOptions DEFAULT = new CosmosItemRequestOptions();

    public static void main(String[] arguments) {
        try (var client = new CosmosClientBuilder().endpoint(arguments[0]).key("a2V5").gatewayMode().buildClient()) {
            client.createDatabaseIfNotExists("java");
            var database = client.getDatabase("java");
            database.createContainerIfNotExists("items", "/group");
            var container = database.getContainer("items");
            items(container);
            queries(container);
            patch(container);
            batch(container);
            feed(container);
            container.deleteItem("1", A, DEFAULT);
            equal(refusal(() -> container.readItem("1", A, Map.class)), 404);
        }
        // The client leaves threads behind.
        System.exit(0);
    }

    /** The status that an operation is refused with. */
    static int refusal(Runnable operation) {
        try {
            operation.run();
            return 0;
        } catch (CosmosException refused) {
            return refused.getStatusCode();
        }
    }

    static void equal(Object left, Object right) {
        if (!Objects.equals(left, right)) {
            new AssertionError(left + " is not " + right).printStackTrace();
            System.exit(1);
        }
    }

    static Map<String, Object> item(String id, String group, String name, int n) {
        return Map.of("id", id, "group", group, "name", name, "n", n);
    }

    static void items(CosmosContainer container) {
        var ana = item("1", "a", "Ana", 1);
        container.createItem(ana, A, DEFAULT);
        equal(refusal(() -> container.createItem(ana, A, DEFAULT)), 409);
        container.upsertItem(item("2", "a", "Bo", 2));
        container.upsertItem(item("3", "b", "Cy", 3));
        var read = container.readItem("1", A, Map.class);
        equal(read.getItem().get("name"), "Ana");
        equal(refusal(() -> container.readItem("none", A, Map.class)), 404);
        var onlyIf = new CosmosItemRequestOptions().setIfMatchETag(read.getETag());
        container.replaceItem(item("1", "a", "Ana", 4), "1", A, onlyIf);
        equal(refusal(() -> container.replaceItem(ana, "1", A, onlyIf)), 412);
    }

    /** With both kinds of quotes and in order over partitions. */
    static void queries(CosmosContainer container) {
        var named = new SqlQuerySpec("SELECT * FROM c WHERE c.name = @name", new SqlParameter("@name", "Ana"));
        equal(ids(container, named), List.of("1"));
        equal(ids(container, new SqlQuerySpec("SELECT * FROM c WHERE c.name = \"Ana\"")), List.of("1"));
        equal(ids(container, new SqlQuerySpec("SELECT * FROM c ORDER BY c.n DESC")), List.of("1", "3", "2"));
    }

    static List<Object> ids(CosmosContainer container, SqlQuerySpec query) {
        var rows = container.queryItems(query, new CosmosQueryRequestOptions(), Map.class);
        return rows.stream().map(row -> row.get("id")).toList();
    }

    static void patch(CosmosContainer container) {
        var change = CosmosPatchOperations.create().set("/n", 5).increment("/n", 1);
        container.patchItem("1", A, change, Map.class);
        equal(container.readItem("1", A, Map.class).getItem().get("n"), 6);
        var options = new CosmosPatchItemRequestOptions().setFilterPredicate("FROM c WHERE c.n = 0");
        equal(refusal(() -> container.patchItem("1", A, change, options, Map.class)), 501);
    }

    /** All or nothing. */
    static void batch(CosmosContainer container) {
        equal(statuses(container, "4"), List.of(201, 200));
        equal(statuses(container, "1"), List.of(409, 424));
    }

    static List<Integer> statuses(CosmosContainer container, String id) {
        var batch = CosmosBatch.createCosmosBatch(A);
        batch.createItemOperation(item(id, "a", "", 0));
        batch.upsertItemOperation(item("2", "a", "Bo", 9));
        var response = container.executeCosmosBatch(batch);
        return response.getResults().stream().map(CosmosBatchOperationResult::getStatusCode).toList();
    }

    static void feed(CosmosContainer container) {
        var changed = new TreeSet<Object>();
        var options = CosmosChangeFeedRequestOptions.createForProcessingFromBeginning(FeedRange.forFullRange());
        for (var page : container.queryChangeFeed(options, Map.class).iterableByPage()) {
            page.getResults().forEach(row -> changed.add(row.get("id")));
            if (page.getResults().isEmpty()) {
                break;
            }
        }
        equal(List.copyOf(changed), List.of("1", "2", "3", "4"));
    }
}

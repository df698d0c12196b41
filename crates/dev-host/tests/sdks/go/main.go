// What a program does with Cosmos DB, by the SDK for Go. Argument: the account's endpoint.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"
)

type item struct {
	ID    string `json:"id"`
	Group string `json:"group"`
	Name  string `json:"name,omitempty"`
	N     int    `json:"n"`
}

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The status that an operation was refused with.
func refusal(err error) int {
	var refused *azcore.ResponseError
	if errors.As(err, &refused) {
		return refused.StatusCode
	}
	return 0
}

func document(value any) []byte {
	bytes, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return bytes
}

func run(ctx context.Context, endpoint string) error {
	key, err := azcosmos.NewKeyCredential("a2V5")
	if err != nil {
		return err
	}
	options := &azcosmos.ClientOptions{ClientOptions: policy.ClientOptions{Retry: policy.RetryOptions{MaxRetries: -1}}}
	client, err := azcosmos.NewClientWithKey(endpoint, key, options)
	if err != nil {
		return err
	}
	if _, err := client.CreateDatabase(ctx, azcosmos.DatabaseProperties{ID: "go"}, nil); err != nil {
		return err
	}
	database, err := client.NewDatabase("go")
	if err != nil {
		return err
	}
	properties := azcosmos.ContainerProperties{
		ID:                     "items",
		PartitionKeyDefinition: azcosmos.PartitionKeyDefinition{Paths: []string{"/group"}},
	}
	if _, err := database.CreateContainer(ctx, properties, nil); err != nil {
		return err
	}
	container, err := database.NewContainer("items")
	if err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		try  func(context.Context, *azcosmos.ContainerClient) error
	}{{"items", items}, {"queries", queries}, {"patch", patch}, {"batch", batch}, {"feed", feed}, {"delete", remove}} {
		if err := step.try(ctx, container); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

var (
	a   = azcosmos.NewPartitionKeyString("a")
	b   = azcosmos.NewPartitionKeyString("b")
	ana = item{ID: "1", Group: "a", Name: "Ana", N: 1}
)

func items(ctx context.Context, container *azcosmos.ContainerClient) error {
	if _, err := container.CreateItem(ctx, a, document(ana), nil); err != nil {
		return err
	}
	if _, err := container.CreateItem(ctx, a, document(ana), nil); refusal(err) != 409 {
		return fmt.Errorf("created twice: %w", err)
	}
	if _, err := container.UpsertItem(ctx, a, document(item{"2", "a", "Bo", 2}), nil); err != nil {
		return err
	}
	if _, err := container.UpsertItem(ctx, b, document(item{"3", "b", "Cy", 3}), nil); err != nil {
		return err
	}
	read, err := container.ReadItem(ctx, a, "1", nil)
	if err != nil {
		return err
	}
	if _, err := container.ReadItem(ctx, a, "none", nil); refusal(err) != 404 {
		return fmt.Errorf("read what is not there: %w", err)
	}
	onlyIf := &azcosmos.ItemOptions{IfMatchEtag: &read.ETag}
	if _, err := container.ReplaceItem(ctx, a, "1", document(item{"1", "a", "Ana", 4}), onlyIf); err != nil {
		return err
	}
	if _, err := container.ReplaceItem(ctx, a, "1", document(ana), onlyIf); refusal(err) != 412 {
		return fmt.Errorf("replaced a version that is gone: %w", err)
	}
	return nil
}

// With both kinds of quotes, and over partitions. This SDK does not sort over partitions.
func queries(ctx context.Context, container *azcosmos.ContainerClient) error {
	named := &azcosmos.QueryOptions{QueryParameters: []azcosmos.QueryParameter{{Name: "@name", Value: "Ana"}}}
	for _, query := range []struct {
		text      string
		partition azcosmos.PartitionKey
		options   *azcosmos.QueryOptions
		expected  []string
	}{
		{"SELECT * FROM c WHERE c.name = @name", a, named, []string{"1"}},
		{`SELECT * FROM c WHERE c.name = "Ana"`, a, nil, []string{"1"}},
		{"SELECT * FROM c ORDER BY c.n DESC", a, nil, []string{"1", "2"}},
		{"SELECT * FROM c WHERE c.n > 0", azcosmos.NewPartitionKey(), nil, []string{"1", "2", "3"}},
	} {
		var found []string
		pager := container.NewQueryItemsPager(query.text, query.partition, query.options)
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", query.text, err)
			}
			for _, row := range page.Items {
				var one item
				if err := json.Unmarshal(row, &one); err != nil {
					return err
				}
				found = append(found, one.ID)
			}
		}
		if query.text[len(query.text)-4:] != "DESC" {
			slices.Sort(found)
		}
		if !slices.Equal(found, query.expected) {
			return fmt.Errorf("%s: %v, not %v", query.text, found, query.expected)
		}
	}
	return nil
}

func patch(ctx context.Context, container *azcosmos.ContainerClient) error {
	change := azcosmos.PatchOperations{}
	change.AppendSet("/n", 5)
	change.AppendIncrement("/n", 1)
	if _, err := container.PatchItem(ctx, a, "1", change, nil); err != nil {
		return err
	}
	read, err := container.ReadItem(ctx, a, "1", nil)
	if err != nil {
		return err
	}
	var patched item
	if err := json.Unmarshal(read.Value, &patched); err != nil {
		return err
	}
	if patched.N != 6 {
		return fmt.Errorf("patched to %d", patched.N)
	}
	change.SetCondition("FROM c WHERE c.n = 0")
	if _, err := container.PatchItem(ctx, a, "1", change, nil); refusal(err) != 501 {
		return fmt.Errorf("a condition: %w", err)
	}
	return nil
}

// All or nothing.
func batch(ctx context.Context, container *azcosmos.ContainerClient) error {
	for _, try := range []struct {
		id       string
		done     bool
		statuses []int32
	}{{"4", true, []int32{201, 200}}, {"1", false, []int32{409, 424}}} {
		changes := container.NewTransactionalBatch(a)
		changes.CreateItem(document(item{try.id, "a", "", 0}), nil)
		changes.UpsertItem(document(item{"2", "a", "Bo", 9}), nil)
		response, err := container.ExecuteTransactionalBatch(ctx, changes, nil)
		if err != nil {
			return err
		}
		var statuses []int32
		for _, result := range response.OperationResults {
			statuses = append(statuses, result.StatusCode)
		}
		if response.Success != try.done || !slices.Equal(statuses, try.statuses) {
			return fmt.Errorf("%v, not %v", statuses, try.statuses)
		}
	}
	return nil
}

func feed(ctx context.Context, container *azcosmos.ContainerClient) error {
	ranges, err := container.ReadFeedRanges(ctx, nil)
	if err != nil {
		return err
	}
	changed := map[string]bool{}
	for _, feedRange := range ranges {
		options := &azcosmos.ChangeFeedOptions{FeedRange: &feedRange}
		for range 10 {
			page, err := container.ReadChangeFeed(ctx, options)
			if err != nil {
				return err
			}
			for _, row := range page.Items {
				var one item
				if err := json.Unmarshal(row, &one); err != nil {
					return err
				}
				changed[one.ID] = true
			}
			if len(page.Items) == 0 {
				break
			}
			next, err := page.GetCompositeContinuationToken()
			if err != nil {
				return err
			}
			options.Continuation = &next
		}
	}
	if len(changed) != 4 {
		return fmt.Errorf("%v", changed)
	}
	return nil
}

func remove(ctx context.Context, container *azcosmos.ContainerClient) error {
	if _, err := container.DeleteItem(ctx, a, "1", nil); err != nil {
		return err
	}
	if _, err := container.ReadItem(ctx, a, "1", nil); refusal(err) != 404 {
		return fmt.Errorf("it is there still: %w", err)
	}
	return nil
}

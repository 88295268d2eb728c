// Reads the events of a run as a Testground daemon of the time of Redis does, and cleans up as its sidecar did.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/testground/sdk-go/runtime"
	"github.com/testground/sdk-go/sync"
	"go.uber.org/zap"
)

func main() {
	if err := watch(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// watch prints each event as it comes until every instance has an outcome; then, in one line, all that there are.
func watch(ctx context.Context) error {
	params, err := runtime.ParseRunParams(os.Environ())
	if err != nil {
		return err
	}
	watcher, err := sync.NewWatchClient(ctx, zap.NewNop().Sugar())
	if err != nil {
		return err
	}
	events, err := watcher.SubscribeEvents(ctx, params)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for missing := params.TestInstanceCount; missing > 0; {
		event := <-events
		if event.SuccessEvent != nil || event.FailureEvent != nil || event.CrashEvent != nil {
			missing--
		}
		if err := out.Encode(event); err != nil {
			return err
		}
	}
	if err := collectGarbage(ctx); err != nil {
		return err
	}
	all, err := watcher.FetchAllEvents(params)
	if err != nil {
		return err
	}
	return out.Encode(all)
}

func collectGarbage(ctx context.Context) error {
	client, err := sync.NewGenericClient(ctx, zap.NewNop().Sugar())
	if err != nil {
		return err
	}
	rounds := make(chan error)
	client.EnableBackgroundGC(rounds)
	if err := <-rounds; err != nil {
		return fmt.Errorf("collect garbage: %w", err)
	}
	return client.Close()
}

// Counts the outcomes of a run as Testground's daemon does: events of its topic, by group.
package main

import (
	"context"
	"encoding/json"
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

// watch prints each event as it decodes it, and ends once every instance has an outcome.
func watch(ctx context.Context) error {
	params, err := runtime.ParseRunParams(os.Environ())
	if err != nil {
		return err
	}
	client, err := sync.NewGenericClient(ctx, zap.NewNop().Sugar())
	if err != nil {
		return err
	}
	events, err := client.SubscribeEvents(ctx, params)
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
	return client.Close()
}

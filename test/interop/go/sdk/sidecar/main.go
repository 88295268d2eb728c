// Does for the instances of this machine what Testground's sidecar does, but for shaping their network: it signals that
// the network is there, and applies nothing of what they ask for, but tells them that it did.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/testground/sdk-go/network"
	"github.com/testground/sdk-go/runtime"
	"github.com/testground/sdk-go/sync"
	"go.uber.org/zap"
)

func main() {
	if err := serve(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// serve prints each configuration as it decodes it, until it is told to disable the network.
func serve(ctx context.Context) error {
	params, err := runtime.ParseRunParams(os.Environ())
	if err != nil {
		return err
	}
	client, err := sync.NewGenericClient(ctx, zap.NewNop().Sugar())
	if err != nil {
		return err
	}
	defer client.Close()
	ctx = sync.WithRunParams(ctx, params)
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	configs := make(chan *network.Config)
	if _, err := client.Subscribe(ctx, sync.NewTopic("network:"+host, &network.Config{}), configs); err != nil {
		return err
	}
	for i := 0; i < params.TestInstanceCount; i++ {
		client.MustSignalEntry(ctx, "network-initialized")
	}
	out := json.NewEncoder(os.Stdout)
	for {
		config := <-configs
		if err := out.Encode(config); err != nil {
			return err
		}
		client.MustSignalEntry(ctx, config.CallbackState)
		if !config.Enable {
			return nil
		}
	}
}

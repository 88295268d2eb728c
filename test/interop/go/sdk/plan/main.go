// Instances of the plan "interop" in Go, beside those of interop-plan.ts and interop-plan.cjs. The same source for the
// SDK over Redis and for the one over the sync service.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/testground/sdk-go/run"
	"github.com/testground/sdk-go/runtime"
	"github.com/testground/sdk-go/sync"
)

func main() {
	run.InvokeMap(map[string]interface{}{
		"meet":    run.InitializedTestCaseFn(meet),
		"fail":    run.InitializedTestCaseFn(fail),
		"crash":   run.InitializedTestCaseFn(crash),
		"large":   run.InitializedTestCaseFn(large),
		"outlive": run.InitializedTestCaseFn(outlive),
		"mixed":   run.InitializedTestCaseFn(mixed),
	})
}

// A Greeting has what is written differently in other languages.
type Greeting struct {
	From  string            `json:"from"`
	After time.Duration     `json:"after"`
	Data  []byte            `json:"data"`
	At    time.Time         `json:"at"`
	Tags  map[string]string `json:"tags"`
}

// Seen is what an instance leaves for the test to compare.
type Seen struct {
	Name       string            `json:"name"`
	Met        int64             `json:"met"`
	AddressSeq int64             `json:"addressSeq"`
	Addresses  []string          `json:"addresses"`
	Greetings  []Greeting        `json:"greetings"`
	Barriers   map[string]string `json:"barriers"`
}

func meet(env *runtime.RunEnv, init *run.InitContext) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, n := init.SyncClient, env.TestInstanceCount
	if err := init.WaitAllInstancesInitialized(ctx); err != nil {
		return err
	}
	seen := Seen{Name: fmt.Sprintf("go-%d", init.GlobalSeq)}

	// With room for all: the client reads one response after the other, and a full channel would hold up the rest.
	addresses := make(chan string, n)
	topic := sync.NewTopic("addresses", "")
	client.MustSubscribe(ctx, topic, addresses)
	seen.AddressSeq = client.MustPublish(ctx, topic, seen.Name)
	for i := 0; i < n; i++ {
		seen.Addresses = append(seen.Addresses, <-addresses)
	}
	seen.Met = client.MustSignalAndWait(ctx, "met", n)

	// Everybody has published before anybody subscribes.
	greetings := make(chan Greeting, n)
	later := sync.NewTopic("greetings", Greeting{})
	client.MustPublish(ctx, later, Greeting{
		From:  seen.Name,
		After: 1500 * time.Millisecond,
		Data:  []byte{0, 1, 254, 255},
		At:    time.Date(2026, 1, 12, 15, 48, 7, 123_000_000, time.UTC),
		Tags:  map[string]string{"text": "<é> & \u2028"},
	})
	client.MustSignalAndWait(ctx, "greeted", n)
	client.MustSubscribe(ctx, later, greetings)
	for i := 0; i < n; i++ {
		seen.Greetings = append(seen.Greetings, <-greetings)
	}

	seen.Barriers = barriers(ctx, client)
	client.MustSignalAndWait(ctx, "done", n)
	return leave(env, seen)
}

// barriers says how each of them ends: "" where it opens.
func barriers(ctx context.Context, client sync.Client) map[string]string {
	cancelled, cancel := context.WithCancel(ctx)
	late, stop := context.WithTimeout(ctx, 100*time.Millisecond)
	defer stop()
	pending := client.MustBarrier(cancelled, "never", 1)
	cancel()
	return map[string]string{
		"zero":      text(<-client.MustBarrier(ctx, "unheard-of", 0).C),
		"beyond":    text(<-client.MustBarrier(ctx, "met", 1).C),
		"cancelled": text(<-pending.C),
		"late":      text(<-client.MustBarrier(late, "never", 1).C),
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// leave writes what the test reads.
func leave(env *runtime.RunEnv, seen interface{}) error {
	bytes, err := json.Marshal(seen)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(env.TestOutputsPath, "seen.json"), bytes, 0o644)
}

func fail(env *runtime.RunEnv, init *run.InitContext) error {
	return errors.New("boom")
}

func crash(env *runtime.RunEnv, init *run.InitContext) error {
	panic("boom")
}

// large reads texts until one says that it is the last, and leaves their lengths.
func large(env *runtime.RunEnv, init *run.InitContext) error {
	texts := make(chan string)
	init.SyncClient.MustSubscribe(context.Background(), sync.NewTopic("texts", ""), texts)
	lengths := []int{}
	for text := range texts {
		if text == "last" {
			break
		}
		lengths = append(lengths, len(text))
	}
	return leave(env, lengths)
}

// outlive has the first instance of Go signal, and wait for what never comes: the test kills it there.
func outlive(env *runtime.RunEnv, init *run.InitContext) error {
	ctx, client := context.Background(), init.SyncClient
	if init.GroupSeq > 1 {
		client.MustSignalAndWait(ctx, "outlived", env.TestInstanceCount)
		return nil
	}
	client.MustSignalEntry(ctx, "outlived")
	barrier := client.MustBarrier(ctx, "never", 1)
	env.RecordMessage("waiting")
	return <-barrier.C
}

// mixed is the part of an instance outside of a choreography.
func mixed(env *runtime.RunEnv, init *run.InitContext) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, n := init.SyncClient, env.TestInstanceCount
	if err := <-client.MustBarrier(ctx, "bootstrapped", 1).C; err != nil {
		return err
	}
	texts := make(chan string, n)
	topic := sync.NewTopic("addresses", "")
	client.MustSubscribe(ctx, topic, texts)
	client.MustPublish(ctx, topic, fmt.Sprintf("go-%d", init.GroupSeq))
	addresses := []string{}
	for len(addresses) < n {
		addresses = append(addresses, <-texts)
	}
	config := struct {
		Version string `json:"version"`
	}{"1.2"}
	client.MustPublish(ctx, sync.NewTopic("config", config), config)
	client.MustSignalAndWait(ctx, "all-up", n)
	return leave(env, addresses)
}

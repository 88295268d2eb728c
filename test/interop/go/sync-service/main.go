// Testground's own sync service, for tests: on the port in its first argument, or on any that is free.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	sync "github.com/testground/sync-service"
	"go.uber.org/zap"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// run serves until it is told to stop. Its first line on stdout is the port.
func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	port, err := portOf(os.Args[1:])
	if err != nil {
		return err
	}
	service, err := sync.NewDefaultService(ctx, zap.NewNop().Sugar())
	if err != nil {
		return fmt.Errorf("start the service: %w", err)
	}
	server, err := sync.NewServer(service, port)
	if err != nil {
		return fmt.Errorf("listen on port %d: %w", port, err)
	}
	fmt.Println(server.Port())

	failed := make(chan error, 1)
	go func() { failed <- server.Serve() }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		return nil
	}
}

func portOf(args []string) (int, error) {
	if len(args) == 0 {
		return 0, nil
	}
	port, err := strconv.Atoi(args[0])
	if err != nil {
		return 0, fmt.Errorf("the port: %w", err)
	}
	return port, nil
}

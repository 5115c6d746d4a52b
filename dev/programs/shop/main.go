// Shop is the service that the tests deploy: a good version of it, or a bad one, as its image's environment says.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// How long a pod that is told to end goes on serving, until no node sends it requests any more.
const drain = 3 * time.Second

func main() {
	behaviour, err := behaviourFrom(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	journal := journal{service: behaviour.service, version: behaviour.version}
	journal.write("info", "", "starting")
	if behaviour.crashes {
		time.AfterFunc(behaviour.crashAfter, func() {
			journal.write("error", "OutOfCardboardException", "cannot go on: the warehouse is empty")
			os.Exit(1)
		})
	}
	if behaviour.needs != "" {
		if err := reach(behaviour.needs); err != nil {
			journal.write("error", "SupportMissingException", err.Error())
			os.Exit(1)
		}
	}
	server := &http.Server{Addr: ":" + behaviour.port, Handler: newShop(behaviour, journal)}
	go endWhenTold(server)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	// Requests under way are served to their end.
	select {}
}

func endWhenTold(server *http.Server) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	<-told
	time.Sleep(drain)
	patience, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	_ = server.Shutdown(patience)
	os.Exit(0)
}

package main

import (
	"encoding/json"
	"os"
	"time"
)

// journal writes one line of JSON per event to standard output, with the names of the Elastic Common Schema.
type journal struct{ service, version string }

func (j journal) write(level, exception, message string) {
	event := map[string]string{
		"@timestamp":      time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		"log.level":       level,
		"message":         message,
		"service.name":    j.service,
		"service.version": j.version,
	}
	if exception != "" {
		event["error.type"] = exception
	}
	line, err := json.Marshal(event)
	if err != nil {
		panic(err)
	}
	_, _ = os.Stdout.Write(append(line, '\n'))
}

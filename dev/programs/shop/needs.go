package main

import (
	"fmt"
	"net/http"
	"time"
)

// How long another service may take to answer: a Service that is new refuses at first.
const patience = 5 * time.Second

// reach returns once the URL answers.
func reach(url string) error {
	client := http.Client{Timeout: time.Second}
	for deadline := time.Now().Add(patience); ; time.Sleep(patience / 20) {
		response, err := client.Get(url)
		if err == nil {
			response.Body.Close()
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("cannot do without %s: %w", url, err)
		}
	}
}

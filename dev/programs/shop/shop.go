package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// newShop serves `/` as the behaviour says, and `/healthz` and `/metrics`, which are no requests of users.
func newShop(b behaviour, journal journal) http.Handler {
	metrics := newMetrics()
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if b.neverReady {
			http.Error(w, "still counting the stock", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("/metrics", metrics)
	mux.HandleFunc("/", func(w http.ResponseWriter, request *http.Request) {
		began := time.Now()
		time.Sleep(b.delay)
		code, exception := http.StatusOK, ""
		switch {
		case rand.Float64() < b.errorShare:
			code, exception = http.StatusInternalServerError, b.exception
		case rand.Float64() < b.ordinaryErrorShare:
			code, exception = http.StatusServiceUnavailable, "WarehouseTimeoutException"
		}
		if exception != "" {
			journal.write("error", exception, "cannot serve "+request.URL.Path)
		}
		w.WriteHeader(code)
		fmt.Fprintf(w, "%s %s from %s\n", b.service, b.version, b.pod)
		metrics.count(code, exception, time.Since(began))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		w.Header().Set("X-Shop-Version", b.version)
		w.Header().Set("X-Shop-Pod", b.pod)
		mux.ServeHTTP(w, request)
	})
}

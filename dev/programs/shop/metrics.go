package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// The upper bounds of the histogram's buckets, in seconds.
var buckets = []float64{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5}

// metrics are served in Prometheus' text format.
type metrics struct {
	sync.Mutex
	requests map[int]int
	errors   map[string]int
	// One more than the bounds: the last one has no bound.
	durations []int
	seconds   float64
}

func newMetrics() *metrics {
	return &metrics{requests: map[int]int{200: 0, 500: 0}, errors: map[string]int{}, durations: make([]int, len(buckets)+1)}
}

func (m *metrics) count(code int, exception string, took time.Duration) {
	m.Lock()
	defer m.Unlock()
	m.requests[code]++
	if exception != "" {
		m.errors[exception]++
	}
	bucket, _ := slices.BinarySearch(buckets, took.Seconds())
	m.durations[bucket]++
	m.seconds += took.Seconds()
}

func (m *metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	m.Lock()
	defer m.Unlock()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintln(w, "# TYPE http_requests_total counter")
	for _, code := range slices.Sorted(maps.Keys(m.requests)) {
		fmt.Fprintf(w, "http_requests_total{code=\"%d\"} %d\n", code, m.requests[code])
	}
	fmt.Fprintln(w, "# TYPE errors_total counter")
	for _, exception := range slices.Sorted(maps.Keys(m.errors)) {
		fmt.Fprintf(w, "errors_total{exception=%q} %d\n", exception, m.errors[exception])
	}
	m.writeDurations(w)
}

func (m *metrics) writeDurations(w io.Writer) {
	fmt.Fprintln(w, "# TYPE http_request_duration_seconds histogram")
	total := 0
	for i, bound := range buckets {
		total += m.durations[i]
		fmt.Fprintf(w, "http_request_duration_seconds_bucket{le=\"%g\"} %d\n", bound, total)
	}
	total += m.durations[len(buckets)]
	fmt.Fprintf(w, "http_request_duration_seconds_bucket{le=\"+Inf\"} %d\n", total)
	fmt.Fprintf(w, "http_request_duration_seconds_sum %g\nhttp_request_duration_seconds_count %d\n", m.seconds, total)
}

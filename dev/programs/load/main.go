// Load sends a bounded stream of requests and appends one line per request to a file.
//
// A line is `UNIX_MS STATUS VERSION POD TOOK_MS`: when the answer came, the status (000: no answer), who gave it, and how long it took.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"time"
)

// What nobody needs more of on two cores.
const (
	maxRate    = 1000
	maxSeconds = 900
)

type order struct {
	rate, seconds int
	url, out      string
}

func main() {
	log.SetFlags(0)
	var o order
	flag.IntVar(&o.rate, "rate", 0, fmt.Sprintf("requests per second, 1 to %d", maxRate))
	flag.IntVar(&o.seconds, "seconds", 0, fmt.Sprintf("for how long, 1 to %d", maxSeconds))
	flag.StringVar(&o.url, "url", "", "what to request; its host is an address of this machine or of a private network")
	flag.StringVar(&o.out, "out", "", "the file to append to")
	flag.Parse()
	if err := o.check(); err != nil {
		log.Fatalf("Error: %v", err)
	}
	out, err := os.OpenFile(o.out, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatalf("Error: %v", err)
	}
	summary := o.send(out)
	if err := out.Close(); err != nil {
		log.Fatalf("Error: %v", err)
	}
	fmt.Println(summary)
}

func (o order) check() error {
	if o.rate < 1 || o.rate > maxRate {
		return fmt.Errorf("`--rate` must be from 1 to %d", maxRate)
	}
	if o.seconds < 1 || o.seconds > maxSeconds {
		return fmt.Errorf("`--seconds` must be from 1 to %d", maxSeconds)
	}
	if o.out == "" {
		return errors.New("`--out` must name a file")
	}
	target, err := url.Parse(o.url)
	if err != nil {
		return err
	}
	address, err := netip.ParseAddr(target.Hostname())
	if err != nil || !address.IsLoopback() && !address.IsPrivate() {
		return fmt.Errorf("the host of `--url` must be a loopback or private address, not `%s`", target.Hostname())
	}
	return nil
}

// send makes a new connection for each request, so that the Service chooses a pod each time.
func (o order) send(out io.Writer) string {
	client := &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext:       (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	total := o.rate * o.seconds
	answers := make(chan answer, o.rate)
	go func() {
		began := time.Now()
		for i := range total {
			// By the clock and not by a ticker: late ones are made up for.
			time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(o.rate))))
			go func() { answers <- ask(client, o.url) }()
		}
	}()
	return record(answers, total, out)
}

func record(answers <-chan answer, total int, out io.Writer) string {
	hurt := 0
	lines := bufio.NewWriter(out)
	for range total {
		a := <-answers
		if a.status < 200 || a.status > 399 {
			hurt++
		}
		fmt.Fprintln(lines, a)
		// A reader may follow the file: nothing waits here while nothing comes.
		if len(answers) == 0 {
			_ = lines.Flush()
		}
	}
	_ = lines.Flush()
	return fmt.Sprintf("%d requests, %d hurt", total, hurt)
}

type answer struct {
	at           time.Time
	status       int
	version, pod string
	took         time.Duration
}

func (a answer) String() string {
	return fmt.Sprintf("%d %03d %s %s %d", a.at.UnixMilli(), a.status, a.version, a.pod, a.took.Milliseconds())
}

func ask(client *http.Client, url string) answer {
	began := time.Now()
	a := answer{version: "-", pod: "-"}
	response, err := client.Get(url)
	if err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		a.status = response.StatusCode
		if version := response.Header.Get("X-Shop-Version"); version != "" {
			a.version, a.pod = version, response.Header.Get("X-Shop-Pod")
		}
	}
	a.at, a.took = time.Now(), time.Since(began)
	return a
}

// Observe tells Prometheus which pods of a cluster to scrape, and OpenSearch what they log.
package main

import (
	"flag"
	"log"
)

func main() {
	var api apiServer
	var bulk bulk
	site := flag.String("site", "", "the cluster's name")
	flag.StringVar(&api.url, "server", "", "the API server's URL")
	flag.StringVar(&api.authority, "certificate-authority", "", "the file with its certificate")
	flag.StringVar(&api.token, "token-file", "", "the file with the user's token")
	targets := flag.String("targets", "", "the file of targets to keep up to date for Prometheus")
	logs := flag.String("pod-logs", "", "the folder where the nodes' pods log")
	flag.StringVar(&bulk.url, "opensearch", "", "OpenSearch's URL")
	flag.Parse()
	client, err := api.client()
	if err != nil {
		log.Fatalf("Error: %v", err)
	}
	pods := newPods()
	go pods.writeTargets(*site, *targets)
	go (&shipper{*site, *logs, pods, bulk}).run()
	pods.watch(client)
}

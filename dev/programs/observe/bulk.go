package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"
)

// How many bytes wait for a store that does not answer.
const mostWaiting = 64 << 20

// template is for the days' indices: one shard, no copies, every text as a keyword but the message.
const template = `{"index_patterns": ["logstash-*"], "template": {
	"settings": {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "500ms"},
	"mappings": {
		"properties": {"@timestamp": {"type": "date"},
			"message": {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 1000}}}},
		"dynamic_templates": [{"texts": {"match_mapping_type": "string", "mapping": {"type": "keyword", "ignore_above": 1000}}}]}}}`

// bulk collects documents and writes them to OpenSearch together.
type bulk struct {
	url     string
	waiting bytes.Buffer
}

// prepare waits for OpenSearch.
func (b *bulk) prepare() {
	for {
		if err := b.request(http.MethodPut, "/_index_template/logstash", strings.NewReader(template)); err == nil {
			return
		}
		time.Sleep(pause)
	}
}

func (b *bulk) add(id string, document map[string]any) {
	day, _, _ := strings.Cut(fmt.Sprint(document["@timestamp"]), "T")
	text, err := json.Marshal(document)
	if err != nil || b.waiting.Len() > mostWaiting {
		log.Printf("left out: %s", id)
		return
	}
	fmt.Fprintf(&b.waiting, "{\"index\": {\"_index\": \"logstash-%s\", \"_id\": %q}}\n%s\n", strings.ReplaceAll(day, "-", "."), id, text)
}

// send keeps what could not be written for the next time.
func (b *bulk) send() {
	if b.waiting.Len() == 0 {
		return
	}
	if err := b.request(http.MethodPost, "/_bulk", bytes.NewReader(b.waiting.Bytes())); err != nil {
		log.Print(err)
		return
	}
	b.waiting.Reset()
}

func (b *bulk) request(method, path string, body io.Reader) error {
	request, err := http.NewRequest(method, b.url+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s: %s", path, response.Status)
	}
	return nil
}

package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
)

// document is what is stored of a line: its own fields if it is JSON, and whose it is.
func (s *shipper) document(path string, labels map[string]string, line string) map[string]any {
	// TIME STREAM P|F TEXT, as container runtimes write it.
	parts := strings.SplitN(line, " ", 4)
	if len(parts) != 4 {
		return nil
	}
	document := map[string]any{}
	if json.Unmarshal([]byte(parts[3]), &document) != nil {
		document = map[string]any{"message": parts[3]}
	}
	if document["@timestamp"] == nil {
		document["@timestamp"] = parts[0]
	}
	namespace, name, _ := owner(path)
	document["kubernetes"] = map[string]any{
		"namespace": namespace,
		"pod":       name,
		"container": filepath.Base(filepath.Dir(path)),
		"labels":    labels,
	}
	document["site"] = s.site
	document["stream"] = parts[1]
	return document
}

// owner is the pod that a file belongs to.
func owner(path string) (namespace, name, uid string) {
	// The pattern that the file was found by has two underscores, and no name of Kubernetes has any.
	parts := strings.SplitN(filepath.Base(filepath.Dir(filepath.Dir(path))), "_", 3)
	return parts[0], parts[1], parts[2]
}

// labels of the pod that a file belongs to; a dot in a label's name would make it an object.
func (s *shipper) labels(path string) map[string]string {
	_, _, uid := owner(path)
	s.pods.Lock()
	defer s.pods.Unlock()
	labels := map[string]string{}
	for name, value := range s.pods.byUID[uid].Metadata.Labels {
		labels[strings.ReplaceAll(name, ".", "_")] = value
	}
	return labels
}

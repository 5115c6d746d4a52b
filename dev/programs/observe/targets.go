package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"slices"
)

// target is one element of Prometheus' file_sd format.
type target struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// writeTargets writes the file anew on each change of a pod that matters to it.
func (p *pods) writeTargets(site, file string) {
	var written string
	for range p.changed {
		text, err := json.MarshalIndent(p.targets(site), "", " ")
		if err != nil {
			log.Fatalf("Error: %v", err)
		}
		if string(text) == written {
			continue
		}
		// Prometheus never sees half a file.
		if err := os.WriteFile(file+".new", text, 0o644); err != nil {
			log.Fatalf("Error: %v", err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			log.Fatalf("Error: %v", err)
		}
		written = string(text)
	}
}

func (p *pods) targets(site string) []target {
	p.Lock()
	defer p.Unlock()
	targets := []target{}
	for _, pod := range p.byUID {
		meta := pod.Metadata
		if meta.Annotations["prometheus.io/scrape"] != "true" || pod.Status.Phase != "Running" || pod.Status.PodIP == "" {
			continue
		}
		targets = append(targets, target{[]string{pod.Status.PodIP + ":" + pod.port()}, map[string]string{
			"__metrics_path__":     cmp.Or(meta.Annotations["prometheus.io/path"], "/metrics"),
			"kubernetes_namespace": meta.Namespace,
			"kubernetes_pod_name":  meta.Name,
			"app":                  meta.Labels["app"],
			"release":              meta.Labels["release"],
			"cluster":              site,
			"site":                 site,
		}})
	}
	slices.SortFunc(targets, func(a, b target) int { return cmp.Compare(a.Targets[0], b.Targets[0]) })
	return targets
}

// port is the annotated one, else the first that a container declares.
func (p pod) port() string {
	if port := p.Metadata.Annotations["prometheus.io/port"]; port != "" {
		return port
	}
	for _, container := range p.Spec.Containers {
		for _, port := range container.Ports {
			return fmt.Sprint(port.ContainerPort)
		}
	}
	return "8080"
}

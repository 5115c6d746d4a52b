package main

import (
	"encoding/json"
	"errors"
	"log"
	"sync"
	"time"
)

type pod struct {
	Metadata struct {
		Name, Namespace, UID, ResourceVersion string
		Labels, Annotations                   map[string]string
	}
	Spec struct {
		NodeName   string
		Containers []struct{ Ports []struct{ ContainerPort int } }
	}
	Status struct{ Phase, PodIP string }
}

// pods are those of a cluster as of now.
type pods struct {
	sync.Mutex
	byUID   map[string]pod
	changed chan struct{}
}

func newPods() *pods { return &pods{byUID: map[string]pod{}, changed: make(chan struct{}, 1)} }

// watch never ends: what is cut is begun anew.
func (p *pods) watch(client client) {
	for {
		if err := p.listAndWatch(client); err != nil {
			log.Print(err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func (p *pods) listAndWatch(client client) error {
	listed, err := client.get("/api/v1/pods")
	if err != nil {
		return err
	}
	defer listed.Body.Close()
	var list struct {
		Metadata struct{ ResourceVersion string }
		Items    []pod
	}
	if err := json.NewDecoder(listed.Body).Decode(&list); err != nil {
		return err
	}
	p.replace(list.Items)
	watched, err := client.get("/api/v1/pods?watch=1&resourceVersion=" + list.Metadata.ResourceVersion)
	if err != nil {
		return err
	}
	defer watched.Body.Close()
	for events := json.NewDecoder(watched.Body); ; {
		var event struct {
			Type   string
			Object pod
		}
		if err := events.Decode(&event); err != nil {
			return err
		}
		if event.Type == "ERROR" {
			return errors.New("the watch is too old")
		}
		p.change(event.Type, event.Object)
	}
}

func (p *pods) replace(items []pod) {
	p.Lock()
	defer p.Unlock()
	clear(p.byUID)
	for _, pod := range items {
		p.byUID[pod.Metadata.UID] = pod
	}
	p.tell()
}

func (p *pods) change(kind string, pod pod) {
	p.Lock()
	defer p.Unlock()
	if kind == "DELETED" {
		delete(p.byUID, pod.Metadata.UID)
	} else {
		p.byUID[pod.Metadata.UID] = pod
	}
	p.tell()
}

// tell wakes the one who waits for changes; several changes may wake it once.
func (p *pods) tell() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

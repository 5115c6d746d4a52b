// Image makes container images of one static program each and pushes them to a registry, without a daemon.
//
// It reads a list: a line in brackets names the repositories that the lines below it are for; each of those is a tag
// and the environment variables that the image carries.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	registry := flag.String("registry", "", "the registry's URL")
	program := flag.String("program", "", "the static program that the images start")
	flag.Parse()
	if err := pushAll(*registry, *program, os.Stdin); err != nil {
		log.Fatalf("Error: %v", err)
	}
}

func pushAll(registryURL, program string, list io.Reader) error {
	layer, err := layerOf(program)
	if err != nil {
		return err
	}
	registry := registry{url: registryURL}
	var repositories []string
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			repositories = strings.Fields(strings.Trim(line, "[]"))
		default:
			words := strings.Fields(line)
			for _, repository := range repositories {
				image := imageOf(layer, filepath.Base(program), words[0], words[1:])
				if err := registry.push(repository, words[0], image); err != nil {
					return fmt.Errorf("%s:%s: %w", repository, words[0], err)
				}
			}
		}
	}
	return lines.Err()
}

package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// How often the folder is looked through.
const pause = 200 * time.Millisecond

// shipper follows the files NAMESPACE_POD_UID/CONTAINER/RESTARTS.log of a folder.
type shipper struct {
	site, folder string
	pods         *pods
	bulk         bulk
}

// follower is a file, how much of it has been read, and whose it is: a pod may be gone before its last line is read.
type follower struct {
	file   *os.File
	offset int64
	labels map[string]string
}

func (s *shipper) run() {
	s.bulk.prepare()
	files := map[string]*follower{}
	for ; ; time.Sleep(pause) {
		paths, err := filepath.Glob(filepath.Join(s.folder, "*_*_*/*/*.log"))
		if err != nil {
			log.Fatalf("Error: %v", err)
		}
		forget(files, paths)
		for _, path := range paths {
			if files[path] == nil {
				file, err := os.Open(path)
				if err != nil {
					continue
				}
				files[path] = &follower{file: file}
			}
			s.read(path, files[path])
		}
		s.bulk.send()
	}
}

// forget closes the files that are gone.
func forget(files map[string]*follower, paths []string) {
	there := map[string]bool{}
	for _, path := range paths {
		there[path] = true
	}
	for path, follower := range files {
		if !there[path] {
			follower.file.Close()
			delete(files, path)
		}
	}
}

// read adds the whole lines that are new.
func (s *shipper) read(path string, follower *follower) {
	lines := bufio.NewReader(io.NewSectionReader(follower.file, follower.offset, 1<<62))
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		if len(follower.labels) == 0 {
			follower.labels = s.labels(path)
		}
		if document := s.document(path, follower.labels, strings.TrimSuffix(line, "\n")); document != nil {
			// The same line again, by another shipper, is the same document.
			s.bulk.add(fmt.Sprintf("%s:%d", strings.TrimPrefix(path, s.folder), follower.offset), document)
		}
		follower.offset += int64(len(line))
	}
}

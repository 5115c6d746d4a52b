package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// layer is a gzipped tar, and the digest of what it unpacks to.
type layer struct {
	packed []byte
	diffID string
}

// image is all that a registry wants to have.
type image struct{ layer, config, manifest []byte }

func digest(bytes []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(bytes)) }

func layerOf(program string) (layer, error) {
	code, err := os.ReadFile(program)
	if err != nil {
		return layer{}, err
	}
	var plain, packed bytes.Buffer
	archive := tar.NewWriter(&plain)
	header := &tar.Header{Name: filepath.Base(program), Mode: 0o755, Size: int64(len(code))}
	if err := archive.WriteHeader(header); err != nil {
		return layer{}, err
	}
	if _, err := archive.Write(code); err != nil {
		return layer{}, err
	}
	if err := archive.Close(); err != nil {
		return layer{}, err
	}
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(plain.Bytes()); err != nil {
		return layer{}, err
	}
	if err := zip.Close(); err != nil {
		return layer{}, err
	}
	return layer{packed.Bytes(), digest(plain.Bytes())}, nil
}

func imageOf(layer layer, program, tag string, environment []string) image {
	config := encode(map[string]any{
		"architecture": "amd64",
		"os":           "linux",
		"config": map[string]any{
			"Entrypoint": []string{"/" + program},
			"Env":        append([]string{"SHOP_VERSION=" + tag}, environment...),
			"User":       "65534:65534",
			"Labels":     map[string]string{"org.opencontainers.image.version": tag},
		},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{layer.diffID}},
	})
	manifest := encode(map[string]any{
		"schemaVersion": 2,
		"mediaType":     manifestType,
		"config":        describe(configType, config),
		"layers":        []any{describe(layerType, layer.packed)},
	})
	return image{layer.packed, config, manifest}
}

func describe(mediaType string, bytes []byte) map[string]any {
	return map[string]any{"mediaType": mediaType, "digest": digest(bytes), "size": len(bytes)}
}

func encode(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

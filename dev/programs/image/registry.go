package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// registry speaks the OCI distribution API.
type registry struct{ url string }

func (r registry) push(repository, tag string, image image) error {
	for _, blob := range [][]byte{image.layer, image.config} {
		if err := r.pushBlob(repository, blob); err != nil {
			return err
		}
	}
	_, err := r.send(http.MethodPut, fmt.Sprintf("%s/v2/%s/manifests/%s", r.url, repository, tag), manifestType, image.manifest)
	return err
}

func (r registry) pushBlob(repository string, blob []byte) error {
	name := digest(blob)
	if _, err := r.send(http.MethodHead, fmt.Sprintf("%s/v2/%s/blobs/%s", r.url, repository, name), "", nil); err == nil {
		return nil
	}
	begun, err := r.send(http.MethodPost, fmt.Sprintf("%s/v2/%s/blobs/uploads/", r.url, repository), "", nil)
	if err != nil {
		return err
	}
	upload, err := begun.Location()
	if err != nil {
		return err
	}
	query := upload.Query()
	query.Set("digest", name)
	upload.RawQuery = query.Encode()
	_, err = r.send(http.MethodPut, upload.String(), "application/octet-stream", blob)
	return err
}

func (r registry) send(method, address, contentType string, body []byte) (*http.Response, error) {
	request, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", contentType)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
	if response.StatusCode >= 300 {
		return nil, fmt.Errorf("%s %s: %s %s", method, request.URL.Path, response.Status, said)
	}
	return response, nil
}

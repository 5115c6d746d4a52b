package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// apiServer is where a cluster is asked, and as whom; the files' names.
type apiServer struct{ url, authority, token string }

// client is ready to ask; the paths it is given begin behind the server's URL.
type client struct {
	http  *http.Client
	url   string
	token string
}

func (a apiServer) client() (client, error) {
	certificate, err := os.ReadFile(a.authority)
	if err != nil {
		return client{}, err
	}
	token, err := os.ReadFile(a.token)
	if err != nil {
		return client{}, err
	}
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities}}
	return client{&http.Client{Transport: transport}, a.url, strings.TrimSpace(string(token))}, nil
}

func (c client) get(path string) (*http.Response, error) {
	request, err := http.NewRequest(http.MethodGet, c.url+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return response, nil
}

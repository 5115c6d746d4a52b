package main

import (
	"fmt"
	"strconv"
	"time"
)

// behaviour is how a version of the shop behaves; a good one has only the first four, and what it needs.
type behaviour struct {
	port, service, version, pod string
	// errorShare of the requests, 0 to 1, end with status 500 and this exception.
	errorShare float64
	exception  string
	// ordinaryErrorShare of the others end with status 503, in good versions too.
	ordinaryErrorShare float64
	delay              time.Duration
	crashes            bool
	crashAfter         time.Duration
	neverReady         bool
	// needs is a URL that has to answer before anything is served; empty if none.
	needs string
}

func behaviourFrom(get func(string) string) (behaviour, error) {
	b := behaviour{
		port:       or(get("PORT"), "8080"),
		service:    or(get("SERVICE_NAME"), "shop"),
		version:    or(get("SHOP_VERSION"), "unknown"),
		pod:        or(get("HOSTNAME"), "unknown"),
		exception:  or(get("SHOP_EXCEPTION"), "CartVanishedException"),
		neverReady: get("SHOP_NEVER_READY") != "",
		needs:      get("SHOP_NEEDS"),
	}
	var err error
	if b.errorShare, err = share(get, "SHOP_ERROR_SHARE"); err != nil {
		return b, err
	}
	if b.ordinaryErrorShare, err = share(get, "SHOP_ORDINARY_ERROR_SHARE"); err != nil {
		return b, err
	}
	if b.delay, err = duration(get, "SHOP_DELAY"); err != nil {
		return b, err
	}
	b.crashes = get("SHOP_CRASH_AFTER") != ""
	b.crashAfter, err = duration(get, "SHOP_CRASH_AFTER")
	return b, err
}

func share(get func(string) string, name string) (float64, error) {
	text := get(name)
	if text == "" {
		return 0, nil
	}
	share, err := strconv.ParseFloat(text, 64)
	if err != nil || share < 0 || share > 1 {
		return 0, fmt.Errorf("`%s` must be from 0 to 1, not `%s`", name, text)
	}
	return share, nil
}

func duration(get func(string) string, name string) (time.Duration, error) {
	text := get(name)
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("`%s` must be a duration such as `30s`, not `%s`", name, text)
	}
	return d, nil
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/visavis-dev/visavis/sdk/fault"
)

const chatPath = "/chat/completions"

// transport sends chats to the address that was configured, as it is: a server may want another path or a query. Without a
// key it sends no Authorization.
type transport struct {
	next    http.RoundTripper
	chat    *url.URL
	keyless bool
}

// newTransport gives the transport and the base of the server's other calls.
func newTransport(address string, keyless bool) (http.RoundTripper, string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, "", fault.New(fault.Unconfigured, "open backend", "LLM 주소가 올바르지 않습니다", errors.New("url is no address"))
	}
	if !strings.HasSuffix(u.Path, chatPath) {
		u.Path = strings.TrimSuffix(u.Path, "/")
		if u.Path == "" {
			u.Path = "/v1" // where every server that we know of has it
		}
		if strings.HasSuffix(u.Path, "/v1") {
			u.Path += chatPath
		}
	}
	base := *u
	base.Path, base.RawQuery = strings.TrimSuffix(u.Path, chatPath), ""
	next := &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext, TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second,
	}
	return &transport{next: next, chat: u, keyless: keyless}, base.String(), nil
}

// serverOf is an address without what may be secret in it.
func serverOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	out := req.Clone(req.Context())
	if strings.HasSuffix(req.URL.Path, chatPath) {
		out.URL = t.chat
	}
	if t.keyless {
		out.Header.Del("Authorization")
	}
	if err := addFields(out); err != nil {
		return nil, err
	}
	resp, err := t.next.RoundTrip(out)
	if err != nil {
		return nil, &reachError{err}
	}
	// A web page is no stream: without this it would pass for an empty answer.
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode == http.StatusOK && strings.HasPrefix(kind, "text/html") {
		_ = resp.Body.Close()
		return nil, &reachError{fmt.Errorf("status %d with a web page (text/html)", resp.StatusCode)}
	}
	if out.URL != t.chat {
		return resp, nil
	}
	return resp, streamed(resp)
}

// fieldsKey is where a call's context holds fields of the body that the client library does not know.
type fieldsKey struct{}

// addFields puts them into the body.
func addFields(req *http.Request) error {
	fields, _ := req.Context().Value(fieldsKey{}).(map[string]any)
	if len(fields) == 0 || req.Body == nil {
		return nil
	}
	defer func() { _ = req.Body.Close() }()
	body := map[string]any{}
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		return fmt.Errorf("add fields to request: %w", err)
	}
	maps.Copy(body, fields)
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("add fields to request: %w", err)
	}
	req.Body, req.ContentLength, req.GetBody = io.NopCloser(bytes.NewReader(raw)), int64(len(raw)), nil
	return nil
}

// errSilent is why a call is ended whose server says nothing.
var errSilent = errors.New("the server says nothing")

// watch ends a call when its server is silent for too long.
type watch struct {
	timer *time.Timer
	stop  func()
}

func newWatch(ctx context.Context, first time.Duration) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(first, func() { cancel(errSilent) })
	return ctx, &watch{timer: timer, stop: func() {
		timer.Stop()
		cancel(nil)
	}}
}

// again gives the server more time.
func (w *watch) again(idle time.Duration) { w.timer.Reset(idle) }

// Package elevenlabs speaks ElevenLabs' HTTP API: speech as a stream of JSON lines, and
// its errors. It knows neither voices' names nor what becomes of the sound.
package elevenlabs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Options of a client.
type Options struct {
	// BaseURL is the server's address without a path, https in earnest.
	BaseURL string
	// Key is sent in a header and shown nowhere.
	Key string
	// Stall is how long the server may be silent; 0 means 20 s.
	Stall time.Duration
	// Wait is the pause before a second attempt, three times as long before the
	// third; 0 means 300 ms.
	Wait time.Duration
}

// Client calls the API. Safe for concurrent use; Close drops idle connections.
type Client struct {
	base  *url.URL
	key   string
	stall time.Duration
	wait  time.Duration
	http  *http.Client
}

const (
	dialTimeout = 5 * time.Second
	attempts    = 3
	// maxWait bounds what a server may ask for by Retry-After.
	maxWait = 2 * time.Second
)

// New checks the address.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		return nil, errors.New("base address is not an http or https URL")
	}
	if strings.ContainsAny(o.Key, "\r\n") {
		return nil, errors.New("key has a line break in it")
	}
	if o.Stall <= 0 {
		o.Stall = 20 * time.Second
	}
	if o.Wait <= 0 {
		o.Wait = 300 * time.Millisecond
	}
	dialer := &net.Dialer{Timeout: dialTimeout}
	return &Client{
		base: base, key: o.Key, stall: o.Stall, wait: o.Wait,
		http: &http.Client{
			Transport: &http.Transport{
				Proxy:                 http.ProxyFromEnvironment,
				DialContext:           dialer.DialContext,
				TLSHandshakeTimeout:   dialTimeout,
				ResponseHeaderTimeout: o.Stall,
				IdleConnTimeout:       90 * time.Second,
				MaxIdleConnsPerHost:   8,
				ForceAttemptHTTP2:     true,
			},
			// A redirect would carry the key to another server.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Request is one text to speak.
type Request struct {
	Voice string `json:"-"`
	// Rate is the sample rate in Hz; the API offers 16000, 22050, 24000 and, on some plans, 44100.
	Rate     int            `json:"-"`
	Text     string         `json:"text"`
	Model    string         `json:"model_id"`
	Language string         `json:"language_code,omitempty"`
	Settings map[string]any `json:"voice_settings,omitempty"`
}

// Speak asks for speech and returns its stream, which the caller closes; the stream ends
// with ctx. A busy server is asked again, at most twice, as long as nothing was heard.
// Errors of the server are *Error.
func (c *Client) Speak(ctx context.Context, r Request) (*Stream, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	target := c.base.JoinPath("v1", "text-to-speech", r.Voice, "stream", "with-timestamps")
	target.RawQuery = url.Values{"output_format": {"pcm_" + strconv.Itoa(r.Rate)}}.Encode()
	ctx, cancel := context.WithCancelCause(ctx)
	wait := c.wait
	for attempt := 1; ; attempt++ {
		response, err := c.send(ctx, http.MethodPost, target, body) //nolint:bodyclose // the stream closes it
		if err == nil {
			return c.newStream(ctx, cancel, response.Body), nil
		}
		if attempt == attempts || !again(err) || !pause(ctx, max(wait, asked(err))) {
			cancel(nil)
			return nil, err
		}
		wait *= 3
	}
}

// Check asks for the account: the cheapest call that needs a valid key.
func (c *Client) Check(ctx context.Context) error {
	response, err := c.send(ctx, http.MethodGet, c.base.JoinPath("v1", "user", "subscription"), nil)
	var refused *Error
	if errors.As(err, &refused) && refused.Code == codeMissingPermissions {
		return nil // the key is real, and may speak without seeing the account
	}
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return fmt.Errorf("close response: %w", err)
	}
	return nil
}

// send gives a response with status 200, whose body the caller closes.
func (c *Client) send(ctx context.Context, method string, target *url.URL, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("xi-api-key", c.key)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return nil, fmt.Errorf("call service: %w", cause)
		}
		return nil, fmt.Errorf("call service: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		defer func() { _ = response.Body.Close() }()
		return nil, readError(response, c.key)
	}
	return response, nil
}

// again tells whether another attempt may help: the server is busy or broken, or was not reached.
func again(err error) bool {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.Code != codeQuota && (refused.Status == http.StatusTooManyRequests || refused.Status >= http.StatusInternalServerError)
	}
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial"
}

// asked is the wait that the server asks for.
func asked(err error) time.Duration {
	if refused, ok := errors.AsType[*Error](err); ok {
		return min(refused.RetryAfter, maxWait)
	}
	return 0
}

func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

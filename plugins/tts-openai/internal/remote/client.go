// Package remote asks a server with OpenAI's speech API for speech, and tells its errors
// apart. It does not look at the sound.
package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"
)

// Options of a client.
type Options struct {
	// BaseURL is the server's address: "https://api.openai.com/v1", the server alone, or
	// the full path of its speech operation.
	BaseURL string
	// Key may be empty; it is shown nowhere.
	Key string
	// Stall is how long the server may be silent; 0 means 30 s.
	Stall time.Duration
	// Wait is the pause before a second attempt, three times as long before the
	// third; 0 means 300 ms.
	Wait time.Duration
}

// Client calls the server. Safe for concurrent use; Close drops idle connections.
type Client struct {
	api   *openai.Client
	http  *http.Client
	key   string
	stall time.Duration
	wait  time.Duration
}

const (
	dialTimeout = 5 * time.Second
	attempts    = 3
)

// New checks the address.
func New(o Options) (*Client, error) {
	base, err := baseOf(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(o.Key, "\r\n") {
		return nil, errors.New("key has a line break in it")
	}
	if o.Stall <= 0 {
		o.Stall = 30 * time.Second
	}
	if o.Wait <= 0 {
		o.Wait = 300 * time.Millisecond
	}
	dialer := &net.Dialer{Timeout: dialTimeout}
	c := &Client{
		key: o.Key, stall: o.Stall, wait: o.Wait,
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
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	config := openai.DefaultConfig(o.Key)
	config.BaseURL = base
	config.HTTPClient = &doer{client: c.http}
	c.api = openai.NewClientWithConfig(config)
	return c, nil
}

func baseOf(address string) (string, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		return "", errors.New("base address is not an http or https URL")
	}
	base.Path = strings.TrimSuffix(strings.TrimRight(base.Path, "/"), "/audio/speech")
	if base.Path == "" {
		base.Path = "/v1"
	}
	return base.String(), nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Answer is speech as it comes; the caller closes Sound.
type Answer struct {
	Sound io.ReadCloser
	// Kind is its media type, and Rate the sample rate in Hz that the type names; 0 when it does not.
	Kind string
	Rate int
}

// Speak asks for speech, which ends with ctx. A busy server is asked again, at most twice. Errors of the server are *Error.
func (c *Client) Speak(ctx context.Context, r openai.CreateSpeechRequest) (Answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	wait := c.wait
	for attempt := 1; ; attempt++ {
		response, err := c.api.CreateSpeech(ctx, r)
		if err == nil {
			var answer Answer
			if answer, err = mediaType(response); err == nil {
				answer.Sound = c.guard(ctx, cancel, response.ReadCloser)
				return answer, nil
			}
		}
		err = c.explain(ctx, err)
		if attempt == attempts || !again(err) || !pause(ctx, wait) {
			cancel(nil)
			return Answer{}, err
		}
		wait *= 3
	}
}

// mediaType closes and refuses an answer that cannot be sound. What it gives has no sound yet.
func mediaType(response openai.RawResponse) (Answer, error) {
	kind, parameters, _ := mime.ParseMediaType(response.Header().Get("Content-Type"))
	if kind == "application/json" || strings.HasPrefix(kind, "text/") {
		_ = response.Close()
		return Answer{}, &Error{Status: http.StatusOK, Code: CodeFormat, Message: "answer is " + kind}
	}
	rate, _ := strconv.Atoi(parameters["rate"]) // audio/pcm;rate=16000
	return Answer{Kind: kind, Rate: rate}, nil
}

// Check asks for the list of models: that the server answers and accepts the key.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.api.ListModels(ctx)
	if err == nil {
		return nil
	}
	err = c.explain(ctx, err)
	var refused *Error
	var unreached *url.Error
	switch {
	case errors.As(err, &refused) && (refused.Status == http.StatusNotFound || refused.Status == http.StatusMethodNotAllowed):
		return nil // the server is there and has no such list
	case refused == nil && !errors.As(err, &unreached) && ctx.Err() == nil:
		return nil // its list has another form
	default:
		return err
	}
}

func again(err error) bool {
	if refused, ok := errors.AsType[*Error](err); ok {
		return !refused.Quota() && (refused.Status == http.StatusTooManyRequests || refused.Status >= http.StatusInternalServerError)
	}
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial"
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

// maxAnswer bounds what is read of an answer that is not speech.
const maxAnswer = 1 << 20

// doer bounds answers that go-openai would read whole, and refuses redirects, which it
// would take for speech and which would carry the key elsewhere.
type doer struct{ client *http.Client }

// Do implements openai.HTTPDoer.
func (d *doer) Do(request *http.Request) (*http.Response, error) {
	response, err := d.client.Do(request) //nolint:gosec // the operator names the server
	if err != nil {
		return nil, fmt.Errorf("call service: %w", err)
	}
	if response.StatusCode >= http.StatusMultipleChoices && response.StatusCode < http.StatusBadRequest {
		_ = response.Body.Close()
		return nil, &Error{Status: response.StatusCode, Message: "service redirects"}
	}
	if response.StatusCode != http.StatusOK || request.Method == http.MethodGet {
		response.Body = &bounded{Reader: io.LimitReader(response.Body, maxAnswer), Closer: response.Body}
	}
	return response, nil
}

type bounded struct {
	io.Reader
	io.Closer
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// maxWhole bounds an answer that does not stream, in bytes.
const maxWhole = 4 << 20

// streamed makes a stream of an answer that came in one piece: some servers and gateways do not stream, whatever
// they are asked. Anything but such an answer stays as it is.
func streamed(resp *http.Response) error {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode != http.StatusOK || kind != "application/json" {
		return nil
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxWhole))
	if closing := resp.Body.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	var whole struct {
		Choices []struct {
			Message *struct {
				Content string `json:"content"`
			} `json:"message"`
			FinishReason string `json:"finish_reason"`
		} `json:"choices"`
	}
	_ = json.Unmarshal(raw, &whole) // what is no such answer has no choices
	if len(whole.Choices) == 0 || whole.Choices[0].Message == nil {
		return nil
	}
	choice := whole.Choices[0]
	if choice.FinishReason == "" {
		choice.FinishReason = "stop"
	}
	event, err := json.Marshal(map[string]any{"choices": []any{map[string]any{
		"index": 0, "delta": map[string]string{"content": choice.Message.Content}, "finish_reason": choice.FinishReason,
	}}})
	if err != nil {
		return fmt.Errorf("stream answer: %w", err)
	}
	stream := fmt.Appendf(nil, "data: %s\n\ndata: [DONE]\n\n", event)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(stream)), int64(len(stream))
	return nil
}

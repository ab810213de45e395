package socketio

import (
	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/request"
)

// What is sent to clients, by name. RequestID tells apart what one socket asked for.

type connected struct {
	Status       string `json:"status"`
	ModelsLoaded bool   `json:"models_loaded"`
	SID          string `json:"sid"`
}

type progress struct {
	Progress  int    `json:"progress"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
}

type queuePosition struct {
	Position      int                `json:"position"`
	EstimatedWait generation.Seconds `json:"estimated_wait"`
	RequestID     string             `json:"request_id"`
}

type generationComplete struct {
	VideoURL      string             `json:"video_url"`
	Elapsed       generation.Seconds `json:"elapsed"`
	AudioURL      string             `json:"audio_url"`
	AudioDuration generation.Seconds `json:"audio_duration"`
	RequestID     string             `json:"request_id"`
}

type failed struct {
	Error     string `json:"error"`
	Code      string `json:"code"`
	RequestID string `json:"request_id,omitempty"`
}

func failure(r *request.Error, id string) failed {
	return failed{Error: r.Message, Code: r.Code, RequestID: id}
}

// accepted acknowledges a request.
type accepted struct {
	RequestID string `json:"request_id"`
	SID       string `json:"sid"`
}

// cancelled acknowledges that work was cancelled.
type cancelled struct {
	Status    string `json:"status"`
	Cancelled int    `json:"cancelled"`
}

// Where the parts of a generation begin and end in percent of the whole: the frames of the video take the longest.
const (
	spokenAt = 10
	framesTo = 99
	wholeAt  = 100
)

// teller tells a socket of a generation's events. The pipeline calls it in order, one event at a time.
type teller struct {
	id   string
	emit func(name string, payload any) error
	// percent never falls.
	percent int
}

// Tell is a generation.Emit.
func (t *teller) Tell(e generation.Event) error {
	switch e := e.(type) {
	case generation.Queued:
		return t.emit("queue_position", queuePosition{e.Position, e.EstimatedWait, t.id})
	case generation.Status:
		if e.Stage == generation.StageTTS {
			return t.advance(0, e.Message)
		}
		return t.advance(spokenAt, e.Message)
	case generation.Progress:
		return t.advance(spokenAt+e.Progress*(framesTo-spokenAt)/100, e.Message)
	case generation.LipsyncDone:
		if err := t.advance(wholeAt, "비디오 생성 완료"); err != nil {
			return err
		}
		return t.emit("generation_complete", generationComplete{e.VideoURL, e.Elapsed.Total, e.AudioURL, e.AudioDuration, t.id})
	}
	return nil
}

func (t *teller) advance(percent int, message string) error {
	t.percent = max(t.percent, percent)
	return t.emit("progress", progress{t.percent, message, t.id})
}

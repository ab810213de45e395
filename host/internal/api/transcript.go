package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/interview/conversation"
)

// TranscriptMessage is what one side said.
type TranscriptMessage struct {
	Role    string    `json:"role" enum:"user,assistant" doc:"말한 사람: user(지원자) 또는 assistant(면접관). Candidate or interviewer"`
	Content string    `json:"content" doc:"말한 내용. What was said"`
	At      time.Time `json:"at" doc:"말한 시각. When it was said"`
}

// TranscriptAnswer is what was said in a session.
type TranscriptAnswer struct {
	SID       string              `json:"sid" doc:"세션 ID. The session"`
	StartedAt time.Time           `json:"started_at" doc:"첫 말의 시각. When the first thing was said"`
	LastAt    time.Time           `json:"last_at" doc:"마지막 말의 시각. When the last thing was said"`
	Messages  []TranscriptMessage `json:"messages" nullable:"false" doc:"말한 순서대로, 마지막 1,000개. The last 1,000, oldest first"`
}

type transcriptInput struct {
	SID    string `path:"sid" maxLength:"128" example:"session_id" doc:"세션 ID. The session"`
	Format string `query:"format" enum:"json,markdown" doc:"생략하면 Accept에 따릅니다. By Accept when absent"`
	Accept string `header:"Accept" doc:"응답 형식. text/markdown asks for Markdown"`
}

type sessionInput struct {
	SID string `path:"sid" maxLength:"128" example:"session_id" doc:"세션 ID. The session"`
}

func (s *server) registerTranscripts(api huma.API) {
	op := operation(api, call{
		id: "transcript", method: http.MethodGet, path: "/api/sessions/{sid}/transcript", tag: "interview", summary: "대화 기록 보기 · Transcript",
		description: "서버가 저장한 대화입니다. `history`를 보낸 대화는 저장되지 않습니다. 쿠키로 식별된 세션은 그 쿠키로만 볼 수 있습니다.\n\n" +
			"What the host kept of a session: nothing of requests with `history`. The session of a cookie is shown to that cookie alone. Markdown with `?format=markdown` or `Accept: text/markdown`.",
		fails: []int{http.StatusBadRequest, http.StatusNotFound},
	})
	schema := api.OpenAPI().Components.Schemas
	op.Responses["200"].Content = map[string]*huma.MediaType{
		"application/json": {Schema: schema.Schema(reflect.TypeFor[TranscriptAnswer](), true, ""), Example: json.RawMessage(transcriptExample)},
		"text/markdown":    {Schema: &huma.Schema{Type: huma.TypeString}, Example: "# 면접 기록\n\n**지원자** (09:00:00)\n\n> 안녕하세요.\n"},
	}
	huma.Register(api, op, s.transcript)
	huma.Register(api, operation(api, call{
		id: "forget_session", method: http.MethodDelete, path: "/api/sessions/{sid}", tag: "interview", summary: "세션 잊기 · Forget a session",
		description: "진행 중인 작업을 멈추고 대화와 생성된 파일을 지웁니다.\n\nEnds what runs and deletes the conversation and the files that were made.",
		answer:      `{"status": "deleted"}`, fails: []int{http.StatusBadRequest, http.StatusServiceUnavailable},
	}), s.forget)
}

func (s *server) transcript(ctx context.Context, in *transcriptInput) (*huma.StreamResponse, error) {
	kept, err := s.Interview.Conversations.Transcript(ctx, in.SID, keysOf(ctx, in.SID)...)
	if err != nil {
		return nil, s.report(ctx, err)
	}
	if in.Format == "markdown" || (in.Format == "" && strings.Contains(in.Accept, "text/markdown")) {
		return answerWith("text/markdown; charset=utf-8", func(c huma.Context) error {
			_, err := c.BodyWriter().Write([]byte(markdown(kept)))
			return err //nolint:wrapcheck // the client is gone
		}), nil
	}
	answer := TranscriptAnswer{SID: kept.SID, StartedAt: kept.Started.UTC(), LastAt: kept.Last.UTC(), Messages: []TranscriptMessage{}}
	for _, m := range kept.Messages {
		answer.Messages = append(answer.Messages, TranscriptMessage{Role: m.Role, Content: m.Content, At: m.At.UTC()})
	}
	return answerWith("application/json", func(c huma.Context) error {
		return huma.DefaultJSONFormat.Marshal(c.BodyWriter(), answer)
	}), nil
}

func answerWith(contentType string, write func(huma.Context) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", contentType)
		c.SetHeader("Cache-Control", "no-store")
		_ = write(c) // nobody to tell: the answer has begun
	}}
}

// markdown is a transcript for people. What was said is shown letter by letter, whatever it would mean in Markdown.
func markdown(t conversation.Transcript) string {
	var out strings.Builder
	const moment = time.DateTime + " -07:00"
	fmt.Fprintf(&out, "# 면접 기록\n\n%s – %s\n", t.Started.Format(moment), t.Last.Format(moment))
	for _, m := range t.Messages {
		speaker := "지원자"
		if m.Role == "assistant" {
			speaker = "면접관"
		}
		fmt.Fprintf(&out, "\n**%s** (%s)\n\n> %s\n", speaker, m.At.Format(time.TimeOnly), quoted(m.Content))
	}
	return out.String()
}

// A sign that means something in Markdown, wherever it stands, and one that does at the beginning of a line.
var (
	sign  = regexp.MustCompile("[\\\\`*_{}\\[\\]<>#|~!&@]|://")
	first = regexp.MustCompile(`(?m)^([ \t]*(?:\d{1,9})?)([-+=.)])`)
)

// quoted makes the lines of a text those of a quotation; every line break of the text is one of the quotation, too.
func quoted(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	text = sign.ReplaceAllStringFunc(text, func(s string) string { return `\` + s })
	text = first.ReplaceAllString(strings.ReplaceAll(text, "www.", `www\.`), `$1\$2`)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "  \n> ")
}

// keysOf are those by which a caller may see a session: a sid of its own choice, its cookie, its address. The name of a
// cookie's session is not enough, since others see it in the queue's status.
func keysOf(ctx context.Context, sid string) []string {
	c := callerOf(ctx)
	return []string{"sid:" + sid, "cookie:" + c.cookie, "address:" + c.address}
}

// endWithin is how long work that was cancelled may take to end; engines stop within much less.
const endWithin = 5 * time.Second

func (s *server) forget(ctx context.Context, in *sessionInput) (*struct{ Body deleted }, error) {
	s.Queue.Cancel(in.SID)
	limited, stop := context.WithTimeout(ctx, endWithin)
	defer stop()
	quiet := s.Queue.Quiet(limited, in.SID) // what ends a moment later would be kept after all
	err := s.forgetAll(ctx, in.SID, keysOf(ctx, in.SID))
	if err = cmp.Or(err, quiet); err != nil {
		return nil, s.report(ctx, err)
	}
	return &struct{ Body deleted }{deleted{Status: "deleted"}}, nil
}

// forgetAll removes files first: one that cannot be removed is still known when forgetting is asked for again, and what goes makes room.
func (s *server) forgetAll(ctx context.Context, sid string, keys []string) error {
	names, err := s.Interview.Conversations.Files(ctx, sid, keys...)
	if err := s.removeAll(names, err); err != nil {
		return err
	}
	late, err := s.Interview.Conversations.Forget(ctx, sid, keys...)
	return s.removeAll(late, err)
}

func (s *server) removeAll(names []string, err error) error {
	for _, name := range names {
		err = errors.Join(err, s.Files.Remove(name))
	}
	return err
}

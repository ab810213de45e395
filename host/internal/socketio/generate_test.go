package socketio_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/engineio"
	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/interview"
	"github.com/visavis-dev/visavis/host/internal/queue"
	"github.com/visavis-dev/visavis/host/internal/socketio"
	"github.com/visavis-dev/visavis/sdk/fault"
)

func TestAVideo(t *testing.T) {
	t.Parallel()
	r := start(t)
	c, sid := r.connect(t)
	c.say(t, `427["generate",`+videoRequest+`]`)
	reply := c.hear(t)
	require.Regexp(t, `^437\[\{"request_id":"[0-9a-f]{8}","sid":"`+sid+`"\}\]$`, reply)
	id := reply[len(`437[{"request_id":"`):][:8]
	for _, want := range []struct {
		percent int
		message string
	}{
		{0, "TTS 음성 생성 중..."},
		{10, "TTS 완료 (3.5초)"},
		{10, "립싱크 비디오 생성 중..."},
		{54, "프레임 처리 중... (44/88)"},
		{100, "비디오 생성 완료"},
	} {
		name, data := c.event(t)
		assert.Equal(t, "progress", name)
		assert.Equal(t, map[string]any{"progress": float64(want.percent), "message": want.message, "request_id": id}, data)
	}
	name, data := c.event(t)
	assert.Equal(t, "generation_complete", name)
	assert.Equal(t, map[string]any{
		"video_url": "/video/lipsync_a.mp4", "elapsed": 17.4, "audio_url": "/assets/audio/tts_a.wav", "audio_duration": 3.5, "request_id": id,
	}, data)
	asked := r.script.asked()
	assert.Equal(t, generation.FaceRequest{Avatar: "talk_long", Resolution: "480p", FrameSkip: 2}, asked.Face)
	assert.Equal(t, generation.SpeechRequest{Text: "안녕하세요.", Voice: "Rachel"}, asked.Speech)
	r.idle(t)
	assert.NotContains(t, r.script.owner(sid).Conversation, sid, "who sees the sid cannot forget its files")
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	r := start(t, func(_ *socketio.Options, s *script, _ *queue.Options) {
		s.refuse = fault.New(fault.NotFound, "find avatar", "아바타를 찾을 수 없습니다: x", nil)
	})
	c, _ := r.connect(t)
	for request, want := range map[string][2]string{
		``:                    {"missing_text", "텍스트가 필요합니다"},
		`,null`:               {"missing_text", "텍스트가 필요합니다"},
		`,{"text": " "}`:      {"missing_text", "텍스트가 필요합니다"},
		`,"text"`:             {"invalid_request", "요청 본문은 JSON 객체여야 합니다"},
		`,{"text": 3}`:        {"invalid_request", "text 필드의 형식이 올바르지 않습니다"},
		`,{"text": "a"}`:      {"missing_avatar", "avatar 또는 avatar_path가 필요합니다"},
		`,` + videoRequest:    {"not_found", "아바타를 찾을 수 없습니다: x"},
		`,{"sid":"\n\u00e9"}`: {"invalid_sid", "sid는 영문, 숫자, 기호 128자까지 사용할 수 있습니다"},
		`,{"text": "a","avatar": "b", "resolution": "9p"}`: {"invalid_resolution", "resolution은 1080p, 720p, 480p, 360p 중 하나여야 합니다"},
	} {
		c.say(t, `420["generate"`+request+`]`)
		reply := c.hear(t)
		require.True(t, strings.HasPrefix(reply, `430[{"error":"`+want[1]+`","code":"`+want[0]+`","request_id":"`), reply)
		name, data := c.event(t)
		assert.Equal(t, "error", name)
		assert.Equal(t, [2]any{want[0], want[1]}, [2]any{data["code"], data["error"]}, request)
	}
}

func TestAFailureHalfway(t *testing.T) {
	t.Parallel()
	for name, halfway := range map[string]func(context.Context) error{
		"error": func(context.Context) error { return fault.New(fault.Internal, "draw", "", nil) },
		"panic": func(context.Context) error { panic("secret") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, func(_ *socketio.Options, s *script, _ *queue.Options) { s.halfway = halfway })
			c, _ := r.connect(t)
			c.say(t, `42["generate",`+videoRequest+`]`)
			told := c.until(t, "error")
			assert.Equal(t, "서버 내부 오류가 발생했습니다", told["error"])
			assert.Equal(t, "internal", told["code"])
			r.idle(t)
			assert.Contains(t, r.log.String(), "request failed")
		})
	}
}

// Whoever waits hears of each new place; who asks for too much, or when the line is full, is told so.
func TestTheLine(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	r := start(t, func(o *socketio.Options, s *script, q *queue.Options) {
		s.halfway = held(release)
		q.MaxConcurrent, q.MaxQueued, o.MaxWork = 1, 2, 2
	})
	first, sid := r.connect(t)
	first.say(t, `42["generate",`+videoRequest+`]`)
	first.until(t, "progress")
	second, _ := r.connect(t)
	second.say(t, `42["generate",`+videoRequest+`]`)
	assert.InDelta(t, 1, second.until(t, "queue_position")["position"], 0)
	third, _ := r.connect(t)
	third.say(t, `42["generate",`+videoRequest+`]`)
	place := third.until(t, "queue_position")
	assert.InDelta(t, 2, place["position"], 0)
	assert.InDelta(t, 12.5, place["estimated_wait"], 0)
	second.say(t, `42["generate",`+videoRequest+`]`)
	assert.Equal(t, "대기열이 가득 찼습니다. 잠시 후 다시 시도해 주세요", second.until(t, "error")["error"])

	now := r.queue.Status()
	require.Len(t, now.Running, 1)
	assert.Equal(t, sid, now.Running[0].SID)
	assert.Len(t, now.Waiting, 2)

	assert.Equal(t, 1, r.queue.Cancel(sid), "it can be cancelled by its sid, as over HTTP")
	assert.Equal(t, "cancelled", first.until(t, "error")["code"])
	assert.InDelta(t, 1, third.until(t, "queue_position")["position"], 0)
	third.say(t, `42["generate",`+videoRequest+`]`)
	third.until(t, "queue_position")
	third.say(t, `42["generate",`+videoRequest+`]`)
	told := third.until(t, "error")
	assert.Equal(t, "too_many_generations", told["code"])
	assert.Equal(t, "한 연결에서 동시에 2개까지 생성할 수 있습니다. 진행 중인 생성이 끝난 뒤 다시 시도해 주세요", told["error"])
	close(release)
	second.until(t, "generation_complete")
	one, other := third.until(t, "generation_complete"), third.until(t, "generation_complete")
	assert.NotEqual(t, one["request_id"], other["request_id"])
}

func TestASIDOfOnesOwn(t *testing.T) {
	t.Parallel()
	r := start(t)
	c, _ := r.connect(t)
	c.say(t, `42["generate",{"sid": "mine", "text": "a", "avatar": "b"}]`)
	c.until(t, "generation_complete")
	assert.Equal(t, interview.Owner{SID: "mine", Conversation: "sid:mine"}, r.script.owner("mine"))
}

func TestWorkEndsWithItsSocket(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, c client){
		"cancel": func(t *testing.T, c client) {
			t.Helper()
			c.say(t, `421["cancel"]`)
			assert.Equal(t, `431[{"status":"cancelled","cancelled":2}]`, c.hear(t))
			assert.Equal(t, "요청이 취소되었습니다", c.until(t, "error")["error"])
			assert.Equal(t, "cancelled", c.until(t, "error")["code"])
			c.say(t, `421["cancel"]`)
			assert.Equal(t, `431[{"status":"cancelled","cancelled":0}]`, c.hear(t))
		},
		"disconnect": func(t *testing.T, c client) {
			t.Helper()
			c.say(t, `41`)
		},
		"the client leaves": func(t *testing.T, c client) {
			t.Helper()
			require.NoError(t, c.Close(1000, ""))
		},
		"the client dies": func(t *testing.T, c client) {
			t.Helper()
			require.NoError(t, c.CloseNow())
		},
		"it breaks the protocol": func(t *testing.T, c client) {
			t.Helper()
			c.say(t, "4nonsense")
			c.closed(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, func(_ *socketio.Options, s *script, _ *queue.Options) { s.halfway = held(nil) })
			c, _ := r.connect(t)
			for range 2 {
				c.say(t, `42["generate",`+videoRequest+`]`)
				c.until(t, "progress")
			}
			require.Len(t, r.queue.Status().Running, 2)
			end(t, c)
			r.idle(t)
		})
	}
}

// A client that takes nothing loses its session, and its work ends.
func TestASlowClient(t *testing.T) {
	t.Parallel()
	r := start(t, func(o *socketio.Options, s *script, _ *queue.Options) {
		o.Engine = engineio.Options{MaxWaiting: 8}
		s.halfway = held(nil)
	})
	polls := r.poller(t)
	polls.bring(t, `0`)
	polls.bring(t, `2["generate",`+videoRequest+`]`)
	require.Eventually(t, func() bool { return len(r.queue.Status().Running) == 1 }, waiting, tick)
	polls.bring(t, strings.Repeat("\x1e"+`20["cancel"]`, 8)[1:])
	r.idle(t)
	// Else the poll could take what fills the line.
	require.Eventually(t, func() bool { return strings.Contains(r.log.String(), "socket is over") }, waiting, tick)
	require.Eventually(t, func() bool { return polls.do(t, http.MethodGet, "") == http.StatusBadRequest }, waiting, tick)
}

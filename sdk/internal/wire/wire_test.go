package wire_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/internal/wire"
	"github.com/visavis-dev/visavis/sdk/speech"
)

func TestEveryKindSurvivesTheWire(t *testing.T) {
	t.Parallel()
	for _, kind := range fault.Kinds() {
		sent := fmt.Errorf("outside: %w", fault.New(kind, "speak", "다시 시도해 주세요", errors.New("cause")))
		got := wire.FromStatus("call", wire.ToStatus(sent))
		assert.Equal(t, kind, fault.KindOf(got))
		assert.Equal(t, "다시 시도해 주세요", fault.HintOf(got))
		require.EqualError(t, got, "call: outside: speak: cause")
	}
	got := wire.FromStatus("speak", wire.ToStatus(fault.New(fault.Internal, "speak", "", errors.New("cause"))))
	require.EqualError(t, got, "speak: cause", "what was being done is said once")
	require.NoError(t, wire.ToStatus(nil))
	require.NoError(t, wire.FromStatus("call", nil))
}

func TestErrorsOfTheConnectionHaveAKind(t *testing.T) {
	t.Parallel()
	for code, kind := range map[codes.Code]fault.Kind{
		codes.Unavailable: fault.Unavailable, codes.Canceled: fault.Cancelled, codes.DeadlineExceeded: fault.Unavailable,
		codes.Unimplemented: fault.Unimplemented, codes.Unknown: fault.Internal,
	} {
		assert.Equal(t, kind, fault.KindOf(wire.FromStatus("call", status.Error(code, "x"))), code)
	}
	assert.Equal(t, fault.Cancelled, fault.KindOf(wire.FromStatus("call", context.Canceled)))
	assert.Equal(t, fault.Internal, fault.KindOf(wire.FromStatus("call", wire.ToStatus(errors.New("plain")))))
}

func TestLongTextsAreCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	long := errors.New(strings.Repeat("가", 5000))
	got := wire.FromStatus("call", wire.ToStatus(fault.New(fault.Invalid, "", "", long))).Error()
	assert.True(t, utf8.ValidString(got))
	assert.Greater(t, len(got), 2000)
	assert.Less(t, len(got), 2049+len("call: "))
}

// A plugin's words reach people as one line, however it writes them.
func TestAHintIsOneLine(t *testing.T) {
	t.Parallel()
	for hint, want := range map[string]string{
		"다시 시도해 주세요":                              "다시 시도해 주세요",
		" 고장\r\n났습니다.\t\x1b[31m\x00다시\u2028하세요\n": "고장 났습니다. [31m 다시 하세요",
		strings.Repeat("가", 300):                  strings.Repeat("가", 300),
		strings.Repeat("가나 ", 600):                strings.Repeat("가나 ", 99) + "가나…",
		"\n":                                      "",
	} {
		assert.Equal(t, want, fault.HintOf(wire.FromStatus("call", wire.ToStatus(fault.New(fault.Invalid, "speak", hint, nil)))))
	}
}

// An engine quotes what a server sent, whatever that is: the kind and the hint arrive all the same.
func TestAFaultWithBrokenTextSurvivesTheWire(t *testing.T) {
	t.Parallel()
	sent := fault.New(fault.Quota, "speak", "한도\xff 초과", errors.New("server said \xfe\xfe"))
	got := wire.FromStatus("call", wire.ToStatus(sent))
	assert.Equal(t, fault.Quota, fault.KindOf(got))
	assert.Equal(t, "한도\uFFFD 초과", fault.HintOf(got))
	require.EqualError(t, got, "call: speak: server said \uFFFD")
}

// Clients are told kinds as codes, and know those of the document alone.
func TestAnUnknownKindIsADefect(t *testing.T) {
	t.Parallel()
	got := wire.FromStatus("call", wire.ToStatus(fault.New("banana", "speak", "", nil)))
	assert.Equal(t, fault.Internal, fault.KindOf(got))
}

func TestSpeechSurvivesTheWire(t *testing.T) {
	t.Parallel()
	pcm := make([]int16, wire.MaxSamples*2+3)
	for i := range pcm {
		pcm[i] = int16(i * 7)
	}
	marks := []speech.Mark{{Start: 0, Length: 5, Text: "a"}, {Start: 5, Text: ""}}
	var back speech.Chunk
	chunks := wire.ToChunks(speech.Chunk{PCM: pcm, Marks: marks})
	require.Len(t, chunks, 3)
	for _, c := range chunks {
		part, err := wire.FromChunk(c)
		require.NoError(t, err)
		back.PCM = append(back.PCM, part.PCM...)
		back.Marks = append(back.Marks, part.Marks...)
	}
	assert.Equal(t, pcm, back.PCM)
	assert.Equal(t, marks, back.Marks)
	assert.Len(t, wire.ToChunks(speech.Chunk{Marks: marks}), 1, "marks can come before their sound")
	assert.Empty(t, wire.ToChunks(speech.Chunk{}))
	chunks[0].Pcm = chunks[0].GetPcm()[:3]
	_, err := wire.FromChunk(chunks[0])
	assert.Error(t, err, "half a sample")
}

func TestFormatIsChecked(t *testing.T) {
	t.Parallel()
	for _, marks := range []speech.MarkKind{speech.NoMarks, speech.Phonemes, speech.Characters} {
		encoded, err := wire.ToFormat(speech.Format{SampleRate: 22050, Marks: marks})
		require.NoError(t, err)
		back, err := wire.FromFormat(encoded)
		require.NoError(t, err)
		assert.Equal(t, speech.Format{SampleRate: 22050, Marks: marks}, back)
	}
	for _, wrong := range []speech.Format{{}, {SampleRate: 7999}, {SampleRate: 48001}, {SampleRate: -1}, {SampleRate: 16000, Marks: "word"}} {
		_, err := wire.ToFormat(wrong)
		assert.Equal(t, fault.Internal, fault.KindOf(err), "no client chose %v", wrong)
	}
}

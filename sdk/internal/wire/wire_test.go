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
		require.ErrorContains(t, got, "cause")
	}
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
	hint := strings.Repeat("가", 5000)
	got := fault.HintOf(wire.FromStatus("call", wire.ToStatus(fault.New(fault.Invalid, "speak", hint, nil))))
	assert.True(t, utf8.ValidString(got))
	assert.Greater(t, len(got), 2000)
	assert.Less(t, len(got), 2049)
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
		assert.Equal(t, fault.Invalid, fault.KindOf(err), wrong)
	}
}

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// A function proves that it can by starting, and proving it calls nothing and forgives nothing.
func TestProving(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	install(t, dirs, "fails")
	h := open(t, dirs, deploy(t, "a", behaviour{}, functions.Scale{}), deploy(t, "fails", behaviour{Open: "fail"}, functions.Scale{}))
	require.NoError(t, h.Prove(t.Context(), "a"))
	assert.Equal(t, functions.Ready, status(t, h).State)
	require.NoError(t, h.Prove(t.Context(), "a"))
	assert.Equal(t, 1, status(t, h).Starts, "one that runs has proved it")
	err := h.Prove(t.Context(), "fails")
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "서버에 연결할 수 없습니다")
	eventually(t, "it is left alone after many starts in vain", func() bool {
		return h.Prove(t.Context(), "fails") != nil && h.Available("fails") != nil
	})
	assert.Equal(t, fault.NotFound, fault.KindOf(h.Prove(t.Context(), "unheard of")))
}

// A plugin that opens nothing and calls it no error is found at its start, not by a panic in every call.
func TestAnEngineThatIsNone(t *testing.T) {
	t.Parallel()
	for _, none := range []string{"nothing", "nil"} {
		dirs := t.TempDir()
		install(t, dirs, none)
		h := open(t, dirs, deploy(t, none, behaviour{Open: none}, functions.Scale{}))
		err := h.Prove(t.Context(), none)
		require.ErrorContains(t, err, "neither an engine nor an error")
		assert.Contains(t, fault.HintOf(err), "플러그인이 엔진을 열지 않았습니다")
	}
}

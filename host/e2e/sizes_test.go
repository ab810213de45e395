package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/avatar/moving"
)

// A pack of 1080p beside those that ship is seen in its size by whoever asks for it, and by nobody else.
func TestFullHD(t *testing.T) {
	t.Parallel()
	packs := filepath.Join(t.TempDir(), "precomputed")
	for _, resolution := range []string{"720p", "480p"} {
		require.NoError(t, os.CopyFS(filepath.Join(packs, resolution), os.DirFS(filepath.Join(root(t), "precomputed", resolution))))
	}
	require.NoError(t, moving.WriteDerived(filepath.Join(packs, "1080p", "talk_long_1080p"), "talk_long_1080p",
		moving.Derive{From: "../../720p/talk_long_720p", Width: 1920, Height: 1080}, false))
	s := start(t, setup{Env: map[string]string{"AVATAR_ROOTS": packs}})

	listed, ok := s.do(t, http.MethodGet, "/api/v2/status", nil).JSON(t)["available_avatars"].([]any)
	require.True(t, ok)
	assert.Equal(t, "talk_long_720p", listed[0], "clients may take the first")
	assert.Equal(t, "talk_long_1080p", listed[len(listed)-1])
	avatars, ok := s.do(t, http.MethodGet, "/api/avatars", nil).JSON(t)["avatars"].([]any)
	require.True(t, ok)
	last, ok := avatars[len(avatars)-1].(map[string]any)
	require.True(t, ok)
	assert.Equal(t, []any{"talk_long_1080p", 1920.0, 1080.0}, []any{last["id"], last["width"], last["height"]})

	for _, tc := range []struct {
		avatar, resolution string
		width, height      int
	}{
		{"talk_long", "1080p", 1920, 1080},
		{"talk_long_1080p", "", 1920, 1080},
		{"talk_long_1080p", "720p", 1280, 720},
		{"talk_long", "", 1280, 720},
		{"talk_short", "1080p", 1280, 720},
	} {
		body := map[string]any{"text": "네.", "avatar": tc.avatar, "resolution": tc.resolution}
		r := s.do(t, http.MethodPost, "/api/v2/lipsync", body)
		require.Equal(t, http.StatusOK, r.Status, "%v: %s", tc, r.Body)
		streams := ffprobe(t, s.fetch(t, r.JSON(t)["video_url"])).Streams
		require.NotEmpty(t, streams)
		assert.Equal(t, [2]int{tc.width, tc.height}, [2]int{streams[0].Width, streams[0].Height}, tc)
	}
}

package e2e

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/avatar/moving"
)

// restless makes a pack that moves, with grey films, and one of another size; it gives the folder that holds them.
func restless(t *testing.T) string {
	t.Helper()
	const width, height = 64, 36
	grey := bytes.Repeat([]byte{128}, width*height*3/2) // yuv420p
	draft := moving.Draft{
		ID: "anna_720p", Width: width, Height: height, Mouth: [2]float64{32, 18}, Box: [2]float64{16, 16}, Network: []byte("none"),
	}
	for _, name := range []string{"listen", moving.Talk} {
		draft.Loops = append(draft.Loops, moving.DraftLoop{Name: name, Frames: 5, Frame: func(int) ([]byte, error) { return grey, nil }})
	}
	shelf := t.TempDir()
	_, err := moving.Write(t.Context(), built(t, "natives", "bin", "ffmpeg"), filepath.Join(shelf, "720p", "anna_720p"), draft, false)
	require.NoError(t, err)
	require.NoError(t, moving.WriteDerived(filepath.Join(shelf, "480p", "anna_480p"), "anna_480p",
		moving.Derive{From: "../../720p/anna_720p", Width: 320, Height: 180}, false))
	return shelf
}

// A client finds the films of a face at rest, and a player that can send no header gets them.
func TestLoops(t *testing.T) {
	t.Parallel()
	s := start(t, setup{Env: map[string]string{
		"AVATAR_ROOTS": restless(t) + "," + filepath.Join(root(t), "precomputed"), "PUBLIC_BASE_URL": "https://avatar.example", "API_KEYS": "secret",
	}})
	get := func(path string, headers ...string) reply {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		require.NoError(t, err)
		for n := 0; n < len(headers); n += 2 {
			req.Header.Set(headers[n], headers[n+1])
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return reply{Status: resp.StatusCode, Header: resp.Header, Body: body}
	}
	loops := map[string]any{}
	avatars, ok := get("/api/avatars", "X-API-Key", "secret").JSON(t)["avatars"].([]any)
	require.True(t, ok)
	for _, a := range avatars {
		entry, ok := a.(map[string]any)
		require.True(t, ok)
		id, ok := entry["id"].(string)
		require.True(t, ok)
		loops[id] = entry["loops"]
	}
	for _, id := range []string{"anna_720p", "anna_480p"} {
		base := "/api/avatars/" + id + "/loops/"
		assert.Equal(t, []any{
			map[string]any{"name": "listen", "url": "https://avatar.example" + base + "listen"},
			map[string]any{"name": "talk", "url": "https://avatar.example" + base + "talk"},
		}, loops[id], id)
		film := get(base + "listen?api_key=secret")
		require.Equal(t, http.StatusOK, film.Status, "%s", film.Body)
		assert.Equal(t, "ftyp", string(film.Body[4:8]))
		assert.Equal(t, "video/mp4", film.Header.Get("Content-Type"))
		part := get(base+"listen?api_key=secret", "Range", "bytes=4-7")
		assert.Equal(t, http.StatusPartialContent, part.Status)
		assert.Equal(t, "ftyp", string(part.Body))
		assert.Equal(t, http.StatusNotModified, get(base+"listen?api_key=secret", "If-None-Match", film.Header.Get("ETag")).Status)
		assert.Equal(t, http.StatusUnauthorized, get(base+"listen").Status)
		missing := get(base + "think?api_key=secret")
		assert.Equal(t, http.StatusNotFound, missing.Status)
		assert.Equal(t, "이 아바타에 없는 영상입니다. 있는 영상: listen, talk", missing.JSON(t)["error"])
	}
}

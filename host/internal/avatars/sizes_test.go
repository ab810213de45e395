package avatars_test

import (
	"bytes"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/avatars"
	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/sdk/avatar/moving"
)

// shelf holds avatars in some resolutions each.
func shelf(t *testing.T) *avatars.Shelf {
	t.Helper()
	root := filepath.Join(t.TempDir(), "packs")
	for base, resolutions := range map[string][]string{
		"talk_long": {"1080p", "720p", "480p"}, "anna": {"1080p", "480p"}, "clara": {"480p"}, "dora": {"720p"},
	} {
		for _, r := range resolutions {
			pack(t, root, base, r)
		}
	}
	return avatars.New([]string{root}, "", nil, hclog.NewNullLogger())
}

// resolved is what a name and a resolution mean.
type resolved struct {
	avatar, resolution, pack string
	width, height            int
}

func resolves(t *testing.T, s *avatars.Shelf, cases []resolved) {
	t.Helper()
	for _, tc := range cases {
		face, err := s.Resolve(t.Context(), generation.FaceRequest{Avatar: tc.avatar, Resolution: tc.resolution})
		require.NoError(t, err, tc)
		assert.Equal(t, tc.pack, filepath.Base(face.Pack), tc)
		assert.Equal(t, [2]int{tc.width, tc.height}, [2]int{face.Width, face.Height}, tc)
	}
}

// listed gives the ids of a shelf's packs.
func listed(s *avatars.Shelf) (ids []string) {
	for _, p := range s.List() {
		ids = append(ids, p.ID)
	}
	return ids
}

func TestResolutions(t *testing.T) {
	t.Parallel()
	s := shelf(t)
	resolves(t, s, []resolved{
		// A base name: the nearest pack that is as large, scaled down.
		{"talk_long", "1080p", "talk_long_1080p", 1920, 1080},
		{"talk_long", "720p", "talk_long_720p", 1280, 720},
		{"talk_long", "480p", "talk_long_480p", 854, 480},
		{"talk_long", "360p", "talk_long_480p", 640, 360},
		{"talk_long", "", "talk_long_720p", 1280, 720},
		{"anna", "720p", "anna_1080p", 1280, 720},
		{"anna", "", "anna_1080p", 1280, 720},
		{"dora", "480p", "dora_720p", 854, 480},
		// None is as large: the largest, in its own size.
		{"dora", "1080p", "dora_720p", 1280, 720},
		{"clara", "1080p", "clara_480p", 854, 480},
		{"clara", "720p", "clara_480p", 854, 480},
		{"clara", "", "clara_480p", 854, 480},
		// An id: its own size, or a smaller one that is asked for.
		{"talk_long_1080p", "", "talk_long_1080p", 1920, 1080},
		{"talk_long_1080p", "1080p", "talk_long_1080p", 1920, 1080},
		{"talk_long_1080p", "720p", "talk_long_1080p", 1280, 720},
		{"talk_long_1080p", "360p", "talk_long_1080p", 640, 360},
		{"talk_long_720p", "1080p", "talk_long_720p", 1280, 720},
	})
	for resolution, width := range map[string]int{"": 1920, "1080p": 1920, "480p": 854} {
		face, err := s.Resolve(t.Context(), generation.FaceRequest{AvatarPath: "packs/1080p/anna_1080p", Resolution: resolution})
		require.NoError(t, err)
		assert.Equal(t, width, face.Width, "a path is as an id: %q", resolution)
	}
}

// A resolution is that of the shorter side, and a picture keeps its shape.
func TestOtherShapes(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "packs")
	sized(t, root, "tall_720p", 720, 1280)
	sized(t, root, "tall_1080p", 1080, 1920)
	sized(t, root, "square_720p", 720, 720)
	sized(t, root, "old_720p", 960, 720)
	s := avatars.New([]string{root}, "", nil, hclog.NewNullLogger())
	resolves(t, s, []resolved{
		{"tall", "", "tall_720p", 720, 1280},
		{"tall", "480p", "tall_720p", 480, 854},
		{"tall", "1080p", "tall_1080p", 1080, 1920},
		{"tall_1080p", "720p", "tall_1080p", 720, 1280},
		{"square", "480p", "square_720p", 480, 480},
		{"old", "360p", "old_720p", 480, 360},
		{"old", "1080p", "old_720p", 960, 720},
	})
	assert.Equal(t, []string{"old_720p", "square_720p", "tall_720p", "tall_1080p"}, listed(s))
}

// Clients take the first of the list: it must not be one that costs more than the default.
func TestLargePacksAreListedLast(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{
		"talk_long_720p", "dora_720p", "talk_long_480p", "anna_480p", "clara_480p", "talk_long_1080p", "anna_1080p",
	}, listed(shelf(t)))
}

// What a base name shows at rest is the pack that speaks when no resolution is asked for.
func TestABaseNameAtRest(t *testing.T) {
	t.Parallel()
	s := shelf(t)
	for name, want := range map[string]string{
		"talk_long": "talk_long_720p", "talk_long_1080p": "talk_long_1080p", "anna": "anna_1080p", "clara": "clara_480p",
	} {
		film, _, err := s.Loop(name, "listen")
		require.NoError(t, err)
		assert.Equal(t, want, filepath.Base(filepath.Dir(film.Name())))
		require.NoError(t, film.Close())
	}
}

func TestPreviewBesideALargerPack(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "packs")
	require.NoError(t, os.CopyFS(filepath.Join(root, "720p", "talk_long_720p"), os.DirFS("../../../precomputed/720p/talk_long_720p")))
	require.NoError(t, moving.WriteDerived(filepath.Join(root, "1080p", "talk_long_1080p"), "talk_long_1080p",
		moving.Derive{From: "../../720p/talk_long_720p", Width: 1920, Height: 1080}, false))
	s := avatars.New([]string{root}, "../../../build/natives/bin/ffmpeg", nil, hclog.NewNullLogger())
	for name, width := range map[string]int{"talk_long": 1280, "talk_long_1080p": 1920} {
		raw, _, err := s.Preview(t.Context(), name)
		require.NoError(t, err)
		picture, err := jpeg.DecodeConfig(bytes.NewReader(raw))
		require.NoError(t, err)
		assert.Equal(t, width, picture.Width, name)
	}
}

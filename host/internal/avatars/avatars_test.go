package avatars_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/avatars"
	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/fault"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	s := avatars.New([]string{"../../../precomputed", "/nowhere"}, "", nil, hclog.NewNullLogger())
	for name, tc := range map[string]struct {
		face          generation.FaceRequest
		pack          string
		width, height int
	}{
		"an id":                {generation.FaceRequest{Avatar: "talk_long_480p", Resolution: "720p"}, "talk_long_480p", 854, 480},
		"an id, made smaller":  {generation.FaceRequest{Avatar: "talk_long_720p", Resolution: "360p"}, "talk_long_720p", 640, 360},
		"a base name":          {generation.FaceRequest{Avatar: "talk_short", Resolution: "720p"}, "talk_short_720p", 1280, 720},
		"a smaller one":        {generation.FaceRequest{Avatar: "talk_short", Resolution: "480p"}, "talk_short_480p", 854, 480},
		"one without a pack":   {generation.FaceRequest{Avatar: "talk_long", Resolution: "360p"}, "talk_long_480p", 640, 360},
		"a documented path":    {generation.FaceRequest{AvatarPath: "precomputed/720p/talk_long_720p_precomputed.pkl", Resolution: "720p"}, "talk_long_720p", 1280, 720},
		"a path below":         {generation.FaceRequest{AvatarPath: "720p/talk_long_720p", Resolution: "360p"}, "talk_long_720p", 640, 360},
		"a path that wanders":  {generation.FaceRequest{AvatarPath: "precomputed/../precomputed/./480p/talk_long_480p", Resolution: "720p"}, "talk_long_480p", 854, 480},
		"an id, no resolution": {generation.FaceRequest{Avatar: "talk_long_480p"}, "talk_long_480p", 854, 480},
		"a base name alone":    {generation.FaceRequest{Avatar: "talk_short"}, "talk_short_720p", 1280, 720},
		"a path of another OS": {generation.FaceRequest{AvatarPath: `precomputed\720p\talk_long_720p`, Resolution: "720p"}, "talk_long_720p", 1280, 720},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			face, err := s.Resolve(t.Context(), tc.face)
			require.NoError(t, err)
			assert.Equal(t, tc.pack, filepath.Base(face.Pack))
			assert.Equal(t, []int{tc.width, tc.height}, []int{face.Width, face.Height})
		})
	}
	for _, face := range []generation.FaceRequest{
		{Avatar: "nobody", Resolution: "720p"},
		{Avatar: "../talk_long_720p", Resolution: "720p"},
		{Avatar: "talk", Resolution: "720p"},
		{AvatarPath: "/etc/passwd"},
		{AvatarPath: "../../etc/passwd"},
		{AvatarPath: "."},
		{AvatarPath: "720p"},
		{AvatarPath: "\x00"},
	} {
		_, err := s.Resolve(t.Context(), face)
		assert.Equal(t, fault.NotFound, fault.KindOf(err), face)
	}
}

// What a link names is not in the folder, unless the folder itself is one.
func TestLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	packs, err := filepath.Abs("../../../precomputed")
	require.NoError(t, err)
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	require.NoError(t, os.MkdirAll(filepath.Join(root, "720p"), 0o700))
	require.NoError(t, os.Symlink(filepath.Join(packs, "720p", "talk_long_720p"), filepath.Join(root, "720p", "talk_long_720p")))
	require.NoError(t, os.Symlink(filepath.Join(packs, "480p"), filepath.Join(root, "480p")))
	s := avatars.New([]string{root}, "", nil, hclog.NewNullLogger())
	assert.Empty(t, s.List())
	for _, path := range []string{"root/720p/talk_long_720p", "root/480p/talk_long_480p", "480p/talk_long_480p"} {
		_, err := s.Resolve(t.Context(), generation.FaceRequest{AvatarPath: path, Resolution: "720p"})
		assert.Equal(t, fault.NotFound, fault.KindOf(err), path)
	}
	require.NoError(t, os.Symlink(packs, filepath.Join(dir, "linked")))
	direct := avatars.New([]string{packs}, "", nil, hclog.NewNullLogger()).List()
	assert.NotEmpty(t, direct)
	assert.Len(t, avatars.New([]string{filepath.Join(dir, "linked")}, "", nil, hclog.NewNullLogger()).List(), len(direct))
}

// A pack may be made of another one's files, but not of files that could not be listed themselves.
func TestDerivedOfWhatIsOutside(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		// dir is the derived pack's below the first of two roots, and from what it is derived from.
		dir, from string
		listed    bool
	}{
		"its neighbour":           {"480p/small", "../../720p/anna_720p", true},
		"nothing":                 {"small", "../../other/720p/anna_720p", false},
		"one beside, of no root":  {"small", "../../secret/anna_720p", false},
		"one whose root looks so": {"small", "../../root-secret/anna_720p", false},
		"one behind a link":       {"480p/small", "../../720p/linked", false},
		"one in a linked folder":  {"480p/small", "../../linked/anna_720p", false},
		"one of the second root":  {"small", "../../other/anna_720p", true},
		"one at the root's start": {"480p/small", "../../720p/../720p/anna_720p", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			top := t.TempDir()
			root, other, secret := filepath.Join(top, "root"), filepath.Join(top, "other"), filepath.Join(top, "secret", "anna_720p")
			ours := pack(t, root, "anna", "720p")
			require.NoError(t, os.CopyFS(secret, os.DirFS(ours)))
			require.NoError(t, os.CopyFS(filepath.Join(top, "root-secret", "anna_720p"), os.DirFS(ours)))
			require.NoError(t, os.CopyFS(filepath.Join(other, "anna_720p"), os.DirFS(ours)))
			require.NoError(t, os.Symlink(secret, filepath.Join(root, "720p", "linked")))
			require.NoError(t, os.Symlink(filepath.Dir(secret), filepath.Join(root, "linked")))
			require.NoError(t, moving.WriteDerived(filepath.Join(root, filepath.FromSlash(tc.dir)), "small", moving.Derive{From: tc.from, Width: 854, Height: 480}, false))
			var ids []string
			for _, p := range avatars.New([]string{root, other}, "", nil, hclog.NewNullLogger()).List() {
				ids = append(ids, p.ID)
			}
			assert.Contains(t, ids, "anna_720p")
			assert.Equal(t, tc.listed, slices.Contains(ids, "small"), ids)
		})
	}
}

// Who deploys another engine is told which avatars it cannot show, and so is who asks for one.
func TestAvatarsOfAnotherEngine(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "packs")
	require.NoError(t, os.CopyFS(root, os.DirFS("../../../precomputed/720p")))
	var log bytes.Buffer
	s := avatars.New([]string{root}, "", func() []string { return []string{"visavis-pack/1"} }, hclog.New(&hclog.LoggerOptions{Output: &log}))
	all := s.List()
	require.Len(t, all, 1)
	assert.Equal(t, "talk_short_720p", all[0].ID)
	for _, face := range []generation.FaceRequest{
		{Avatar: "talk_long", Resolution: "720p"}, {Avatar: "talk_long_720p"}, {AvatarPath: "packs/talk_long_720p"}, {AvatarPath: "talk_long_720p"},
	} {
		_, err := s.Resolve(t.Context(), face)
		assert.Equal(t, fault.NotFound, fault.KindOf(err), face)
		assert.Equal(t, "배포된 립싱크 엔진이 이 아바타의 형식(visavis-moving/1)을 지원하지 않습니다", fault.HintOf(err), face)
	}
	for _, face := range []generation.FaceRequest{{Avatar: "nobody"}, {AvatarPath: "nowhere"}} {
		_, err := s.Resolve(t.Context(), face)
		assert.Equal(t, "아바타를 찾을 수 없습니다", fault.HintOf(err))
	}
	said := log.String()
	assert.Equal(t, 1, strings.Count(said, "\n"), said)
	assert.Contains(t, said, "talk_long_720p (visavis-moving/1)")
	assert.Contains(t, said, "director_720p (visavis-moving/1)")
	assert.NotContains(t, said, "talk_short")
	assert.Contains(t, said, `engine_reads=visavis-pack/1`)
}

// An avatar that is there for two engines is shown by the one that is deployed, and nothing is said of the other's.
func TestAnAvatarForTwoEngines(t *testing.T) {
	t.Parallel()
	theirs, ours := t.TempDir(), t.TempDir()
	pack(t, theirs, "talk_short", "720p")
	require.NoError(t, os.CopyFS(filepath.Join(ours, "talk_short_720p"), os.DirFS("../../../precomputed/720p/talk_short_720p")))
	var log bytes.Buffer
	s := avatars.New([]string{theirs, ours}, "", func() []string { return []string{"visavis-pack/1"} }, hclog.New(&hclog.LoggerOptions{Output: &log}))
	found, err := s.Resolve(t.Context(), generation.FaceRequest{Avatar: "talk_short"})
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(ours, "talk_short_720p"), found.Pack)
	assert.Empty(t, log.String())
}

// said is a log that tells how often it was told something.
func said(t *testing.T) (logger hclog.Logger, times func(words ...string) int) {
	t.Helper()
	var log bytes.Buffer
	return hclog.New(&hclog.LoggerOptions{Output: &log}), func(words ...string) (n int) {
		for line := range strings.Lines(log.String()) {
			all := true
			for _, w := range words {
				all = all && strings.Contains(line, w)
			}
			if all {
				n++
			}
		}
		return n
	}
}

// Of two packs with one id one is left out, and the log says which.
func TestTwoOfOneID(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	first, second := filepath.Join(top, "first"), filepath.Join(top, "second")
	counts, other := pack(t, first, "anna", "720p"), pack(t, second, "anna", "720p")
	higher := filepath.Join(first, "higher")
	require.NoError(t, os.CopyFS(higher, os.DirFS(counts)))
	logger, times := said(t)
	s := avatars.New([]string{first, second, first}, "", nil, logger)
	require.Len(t, s.List(), 1)
	assert.Equal(t, higher, s.List()[0].Path)
	assert.Equal(t, 1, times(counts+" has the id of "+higher))
	assert.Equal(t, 1, times(other+" has the id of "+higher))
	assert.Equal(t, 2, times("left out"))
}

// A pack whose files are not there does not stand in the way of one that is whole.
func TestAPackThatIsNotWhole(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	first, second := filepath.Join(top, "first"), filepath.Join(top, "second")
	broken, whole := pack(t, first, "anna", "720p"), pack(t, second, "anna", "720p")
	require.NoError(t, os.Truncate(filepath.Join(broken, "listen.mp4"), 5))
	logger, times := said(t)
	packs := avatars.New([]string{first, second}, "", nil, logger).List()
	require.Len(t, packs, 1)
	assert.Equal(t, whole, packs[0].Path)
	assert.Equal(t, 1, times("listen.mp4", "not a plain file"))
}

// Which of two manifests an engine takes nobody should have to know.
func TestTwoManifests(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "packs")
	dir := pack(t, root, "anna", "720p")
	name, err := avatars.Manifest(dir)
	require.NoError(t, err)
	assert.Equal(t, "moving.json", name)
	require.NoError(t, os.CopyFS(dir, os.DirFS("../../../precomputed/480p/talk_short_480p")))
	require.NoError(t, os.CopyFS(filepath.Join(root, "720p", "talk_short_720p"), os.DirFS("../../../precomputed/720p/talk_short_720p")))
	_, err = avatars.Manifest(dir)
	require.ErrorContains(t, err, "pack.json and moving.json")
	assert.Equal(t, fault.Invalid, fault.KindOf(err))
	logger, times := said(t)
	assert.Equal(t, []string{"talk_short_720p"}, listed(avatars.New([]string{root}, "", nil, logger)))
	assert.Equal(t, 1, times("left out", "pack.json and moving.json"))
	for _, dir := range []string{filepath.Join(dir, "nowhere"), filepath.Join(dir, "talk.mp4"), root} {
		_, err = avatars.Manifest(dir)
		assert.Equal(t, fault.NotFound, fault.KindOf(err))
	}
}

func TestABrokenPackIsLeftOut(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "packs")
	for _, resolution := range []string{"720p", "480p"} {
		require.NoError(t, os.CopyFS(filepath.Join(root, resolution), os.DirFS(filepath.Join("../../../precomputed", resolution))))
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, "720p", "talk_long_720p", "moving.json"), []byte("{"), 0o600))
	all := avatars.New([]string{root}, "", nil, hclog.NewNullLogger()).List()
	var ids []string
	for _, p := range all {
		ids = append(ids, p.ID)
	}
	assert.Equal(t, []string{
		"talk_short_720p", "analyst_720p", "director_720p", "panel_720p",
		"talk_short_480p", "analyst_480p", "director_480p", "panel_480p",
	}, ids, "what is derived from it is left out, too")
	assert.Equal(t, "packs/720p/talk_short_720p", all[0].Relative)
}

func TestPreview(t *testing.T) {
	t.Parallel()
	s := avatars.New([]string{"../../../precomputed"}, "../../../build/natives/bin/ffmpeg", nil, hclog.NewNullLogger())
	for name, want := range map[string]image.Point{
		"talk_long_720p": {1280, 720}, "talk_long_480p": {854, 480}, "talk_short": {1280, 720},
	} {
		raw, changed, err := s.Preview(t.Context(), name)
		require.NoError(t, err)
		assert.False(t, changed.IsZero())
		picture, err := jpeg.Decode(bytes.NewReader(raw))
		require.NoError(t, err)
		assert.Equal(t, want, picture.Bounds().Size(), name)
		again, _, err := s.Preview(t.Context(), name)
		require.NoError(t, err)
		assert.Same(t, &raw[0], &again[0], "it is made once")
	}
	_, _, err := s.Preview(t.Context(), "../720p/talk_long_720p")
	assert.Equal(t, fault.NotFound, fault.KindOf(err))
	blind := avatars.New([]string{"../../../precomputed"}, "/nowhere/ffmpeg", nil, hclog.NewNullLogger())
	_, _, err = blind.Preview(t.Context(), "talk_long")
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
}

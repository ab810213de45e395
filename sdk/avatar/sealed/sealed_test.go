package sealed_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/avatar/sealed"
	"github.com/visavis-dev/visavis/sdk/fault"
)

type manifest struct {
	ID    string       `json:"id"`
	Files sealed.Files `json:"files"`
	Boxes []*box       `json:"boxes,omitempty"`
}

type box struct {
	Place [2]float64 `json:"place"`
}

func made(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "720p", "anna")
	require.NoError(t, sealed.Make(dir, false, func(temporary string) error {
		require.NoError(t, os.WriteFile(filepath.Join(temporary, "talk.mp4"), []byte("film"), 0o600))
		files, err := sealed.List(temporary)
		require.NoError(t, err)
		assert.EqualValues(t, 4, files.Bytes())
		_, err = sealed.WriteManifest(filepath.Join(temporary, "pack.json"), manifest{ID: "anna", Files: files})
		return err
	}))
	return dir
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	dir := made(t)
	var m manifest
	require.NoError(t, sealed.Read(dir, "pack.json", 1000, &m))
	assert.Equal(t, "anna", m.ID)
	require.NoError(t, sealed.Decode([]byte(`{"id":"a","files":null,"boxes":[null,{"place":[1,2]}]}`), &manifest{}))
	require.NoError(t, m.Files.Check(4))
	require.NoError(t, m.Files.Verify(dir))
	require.NoError(t, m.Files.Present(dir))
	content, err := m.Files.Read(dir, "talk.mp4")
	require.NoError(t, err)
	assert.Equal(t, "film", string(content))
	require.ErrorContains(t, sealed.Files{"a": {}}.Present(dir), "not a plain file of 0 bytes")
	require.ErrorContains(t, m.Files.Check(3), "too large")
	require.ErrorContains(t, m.Files.VerifyOne(dir, "other.mp4"), "not listed")
	entries, err := os.ReadDir(filepath.Dir(dir))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing half-made is left")
}

func TestAFailedMakeLeavesWhatStood(t *testing.T) {
	t.Parallel()
	dir := made(t)
	failed := errors.New("no space left")
	require.ErrorIs(t, sealed.Make(dir, true, func(string) error { return failed }), failed)
	require.ErrorContains(t, sealed.Make(dir, false, func(string) error { return nil }), "is there already")
	var m manifest
	require.NoError(t, sealed.Read(dir, "pack.json", 1000, &m))
	require.NoError(t, sealed.Make(dir, true, func(string) error { return nil }))
	assert.ErrorIs(t, sealed.Read(dir, "pack.json", 1000, &m), fs.ErrNotExist, "replaced by an empty one")
}

func TestBrokenFolders(t *testing.T) {
	t.Parallel()
	write := func(text string) func(string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, "pack.json"), []byte(text), 0o600) }
	}
	for name, tc := range map[string]struct {
		spoil func(dir string) error
		want  string
	}{
		"no JSON":          {write("{"), "decode"},
		"two objects":      {write(`{"id":"a"}{}`), "something follows"},
		"a brace more":     {write(`{"id":"a"}}`), "something follows"},
		"an unknown field": {write(`{"name":"a"}`), "unknown field"},
		"a giant field":    {write(`{"` + strings.Repeat("f", 900) + `":"a"}`), "unknown field"},
		"not UTF-8":        {write("{\"id\":\"\xff\"}"), "not UTF-8"},
		"other letters":    {write(`{"ID":"a"}`), `unknown field "ID"`},
		"a field twice":    {write(`{"id":"a","id":"b"}`), `field "id" is there twice`},
		"a file twice":     {write(`{"files":{"a":{"bytes":1},"a":{"bytes":2}}}`), `field "a" is there twice`},
		"deeper letters":   {write(`{"files":{"a":{"Bytes":1}}}`), `unknown field "Bytes"`},
		"three of two":     {write(`{"boxes":[null,{"place":[1,2,3]}]}`), `"place" has 3 values, not 2`},
		"one of two":       {write(`{"boxes":[{"place":[1]}]}`), `"place" has 1 values, not 2`},
		"none of two":      {write(`{"boxes":[{"place":null}]}`), `"place" has no values`},
		"too long":         {write(`{"id":"` + strings.Repeat("a", 1000) + `"}`), "larger than 1000"},
		"a pipe": {func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "pack.json")), syscall.Mkfifo(filepath.Join(dir, "pack.json"), 0o600))
		}, "not a plain file"},
		"another content": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "talk.mp4"), []byte("fiml"), 0o600) }, "another checksum"},
		"a shorter file":  {func(dir string) error { return os.WriteFile(filepath.Join(dir, "talk.mp4"), []byte("f"), 0o600) }, "not a plain file of 4 bytes"},
		"a link to outside": {func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "talk.mp4")), os.Symlink("/etc/hostname", filepath.Join(dir, "talk.mp4")))
		}, "not a plain file"},
		"a name outside": {write(`{"files":{"../talk.mp4":{"sha256":"","bytes":1}}}`), "outside the pack"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := made(t)
			require.NoError(t, tc.spoil(dir))
			var m manifest
			err := sealed.Read(dir, "pack.json", 1000, &m)
			if err == nil {
				err = m.Files.Check(100)
			}
			if err == nil {
				err = m.Files.Verify(dir)
			}
			require.ErrorContains(t, err, tc.want)
			assert.Less(t, len(err.Error()), 400)
		})
	}
}

func TestCheckID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"anna_720p", "한나", "anna of 2026", "...", "a.b", strings.Repeat("a", 100)} {
		require.NoError(t, sealed.CheckID(id), id)
	}
	for _, id := range []string{"", " ", "a ", ".", "..", "a/b", `a\b`, "a\nb", "a\x1b[31m", "a\u202eb", "a\x00", "\xff", strings.Repeat("a", 101)} {
		assert.ErrorContains(t, sealed.CheckID(id), "can be seen", id)
	}
}

func TestRoot(t *testing.T) {
	t.Parallel()
	packs := filepath.Join(t.TempDir(), "packs")
	for _, dir := range []string{"720p/anna", "480p/anna"} {
		require.NoError(t, os.MkdirAll(filepath.Join(packs, filepath.FromSlash(dir)), 0o750))
	}
	linked := filepath.Join(filepath.Dir(packs), "linked")
	require.NoError(t, os.Symlink(packs, linked))
	require.NoError(t, os.Symlink("720p", filepath.Join(packs, "link")))
	require.NoError(t, os.Symlink("anna", filepath.Join(packs, "720p", "link")))
	k := sealed.Kind{Filename: "pack.json", Most: 1000, Op: "read pack"}
	root := func(packs, from string) (string, error) {
		small := filepath.Join(packs, "480p", "anna")
		return k.Root(small, func(dir string) (*sealed.Derive, error) {
			if dir == small {
				return &sealed.Derive{From: from}, nil
			}
			return nil, nil
		})
	}
	for _, top := range []string{packs, linked} {
		dir, err := root(top, "../../720p/anna")
		require.NoError(t, err)
		assert.Equal(t, filepath.Join(top, "720p", "anna"), dir)
		for from, want := range map[string]string{
			"../../../etc": "too far away", "/etc": "too far away", ".": "itself derived", "../../720p/link": "behind a link", "../../link/anna": "behind a link",
		} {
			_, err := root(top, from)
			require.ErrorContains(t, err, want)
			assert.Equal(t, fault.Invalid, fault.KindOf(err))
		}
	}
}

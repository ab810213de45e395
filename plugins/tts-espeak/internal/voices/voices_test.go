package voices_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/voices"
)

// data makes a folder like eSpeak's.
func data(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "voices", "!v"), 0o750))
	for _, name := range []string{"phondata", "ko_dict", "voices/!v/f3"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600))
	}
	return dir
}

func TestInstallShowsTheDataWithOurTimbres(t *testing.T) {
	t.Parallel()
	from, into := data(t), filepath.Join(t.TempDir(), "espeak-ng-data")
	for range 2 { // a second time changes nothing
		require.NoError(t, voices.Install(from, into))
		for _, name := range []string{"phondata", "ko_dict", "voices/!v/f3"} {
			content, err := os.ReadFile(filepath.Join(into, name))
			require.NoError(t, err)
			assert.Equal(t, name, string(content))
		}
	}
	assert.NoFileExists(t, filepath.Join(from, "voices", "!v", "visavis-woman"), "the data itself is not touched")
	for _, name := range voices.Names() {
		voice, err := voices.Find(name, into)
		require.NoError(t, err)
		_, timbre, _ := strings.Cut(voice.Candidates("ko")[0], "+")
		assert.FileExists(t, filepath.Join(into, "voices", "!v", timbre), name)
	}
	assert.ErrorIs(t, voices.Install(filepath.Join(from, "missing"), into), os.ErrNotExist)
}

func TestFind(t *testing.T) {
	t.Parallel()
	dir := data(t)
	for _, c := range []struct {
		name, language string
		want           []string
	}{
		{"Jiwon", "ko", []string{"ko+visavis-woman"}},
		{"jiwon", "ko-KR", []string{"ko-kr+visavis-woman", "ko+visavis-woman"}},
		{"Jiwon", "en", []string{"en-us+visavis-woman"}},
		{"Daniel", "en", []string{"en-gb-x-rp+visavis-man"}},
		{"Minjun", "en-GB", []string{"en-gb-x-rp+visavis-man"}},
		{"Minjun", "zh-CN", []string{"cmn+visavis-man"}},
		{"+f3", "pt-BR", []string{"pt-br+f3", "pt+f3"}},
		{"ko", "en", []string{"ko"}},
		{"EN-us+f3", "ko", []string{"en-us+f3"}},
	} {
		voice, err := voices.Find(c.name, dir)
		require.NoError(t, err, c.name)
		assert.Equal(t, c.want, voice.Candidates(c.language), "%s in %s", c.name, c.language)
	}
	for _, name := range []string{"nobody", "ko+nobody", "+", "ko+", "../x", "ko+../f3", "a b", "ko\x00", "가", "k"} {
		_, err := voices.Find(name, dir)
		assert.ErrorIs(t, err, voices.ErrUnknown, "%q", name)
	}
}

func TestOnlyEspeaksOwnNamesFixTheLanguage(t *testing.T) {
	t.Parallel()
	dir := data(t)
	named, err := voices.Find("Sora", dir)
	require.NoError(t, err)
	assert.False(t, named.Fixed())
	assert.Equal(t, "en", named.Language("en"))
	raw, err := voices.Find("ko+f3", dir)
	require.NoError(t, err)
	assert.True(t, raw.Fixed())
	assert.Equal(t, "ko", raw.Language("en"))
}

package studio

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/avatar/sealed"
)

// The studio of the tests: it notes what is asked of it and gives what lies ready. A file named break stops the step of that name.
const fakeStudio = `#!/bin/sh
echo "$@" >> asked
[ "$(cat break 2>/dev/null)" = "$1" ] && { echo "no more light" >&2; exit 1; }
[ "$(cat hang 2>/dev/null)" = "$1" ] && sleep 60
echo "working"
case "$1" in
portrait) mkdir -p "$AVATARS_WORK/portraits"; touch "$AVATARS_WORK/portraits/anna.jpg"; echo "$AVATARS_WORK/portraits/anna.jpg" ;;
loop) echo "$PWD/loops/$5" ;;
dataset) mkdir -p "$AVATARS_WORK/d"; touch "$AVATARS_WORK/d/index.json"; echo "$AVATARS_WORK/d" ;;
esac
`

const fakeMake = `#!/bin/sh
echo "make $@" >> asked
for a in "$@"; do case "$a" in MOUTH_OUT=*) mkdir -p "${a#MOUTH_OUT=}"; cp learned/* "${a#MOUTH_OUT=}";; esac; done
`

func script(t *testing.T, file, text string) string {
	t.Helper()
	write(t, file, text)
	require.NoError(t, os.Chmod(file, 0o700))
	path, err := filepath.Abs(file)
	require.NoError(t, err)
	return path
}

// project is a folder that looks like the project's, with everything that is slow or large made up; the tests move there.
func project(t *testing.T) (m Making, said, wrong *bytes.Buffer) {
	t.Helper()
	program := ffmpeg(t)
	learned := mouthFolder(t, `{"character":"anna","face":1,"width":48,"height":32}`)
	talking, listening := loop(t, "talking", true), loop(t, "listening", true)
	t.Chdir(t.TempDir())
	for from, to := range map[string]string{learned: "learned", talking: "loops/talking", listening: "loops/listening"} {
		require.NoError(t, os.CopyFS(to, os.DirFS(from)))
	}
	for _, file := range []string{cli, "Makefile", "models/mouth/README.md"} {
		write(t, file, "")
	}
	write(t, "anna.json", `{"name": "anna", "title": {"en": "Anna"}}`)
	said, wrong = &bytes.Buffer{}, &bytes.Buffer{}
	return Making{
		Character: "anna.json", Kinds: []string{"talking", "listening"}, Seconds: 1.5, Scale: 100, Packs: "packs", Work: "work",
		Python: script(t, "python", "#!/bin/sh\necho 3.11\n"), Maker: script(t, "make", fakeMake), FFmpeg: program,
		Studio: []string{script(t, "studio", fakeStudio)}, Out: said, Err: wrong,
	}, said, wrong
}

// asked gives what was asked since the last time, by its first word.
func asked(t *testing.T) (words []string, all string) {
	t.Helper()
	raw, err := os.ReadFile("asked")
	require.NoError(t, err)
	require.NoError(t, os.Remove("asked"))
	for line := range strings.Lines(string(raw)) {
		words = append(words, strings.Fields(line)[0])
	}
	return words, string(raw)
}

func TestMakeInOrder(t *testing.T) { //nolint:paralleltest // it works in a folder
	m, said, _ := project(t)
	dir, err := m.Make(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "packs/720p/anna_720p", dir)
	words, all := asked(t)
	assert.Equal(t, []string{"fetch", "portrait", "loop", "loop", "dataset", "make"}, words)
	assert.Contains(t, all, "loop --character anna.json --kind talking --seconds 1.5 --samples 32")
	assert.Contains(t, all, "MOUTH_DATA="+m.abs(t)+"/d ")
	assert.Contains(t, said.String(), "[3/7] loop talking, about ")
	pack, err := moving.Open(dir)
	require.NoError(t, err)
	assert.Equal(t, "Anna", pack.Title["en"])
	small, err := moving.Look("packs/480p/anna_480p")
	require.NoError(t, err)
	assert.Equal(t, 854, small.Width)

	_, err = m.Make(t.Context())
	require.NoError(t, err)
	words, _ = asked(t)
	assert.Equal(t, []string{"fetch"}, words, "what is done is not done again")
	write(t, "anna.json", `{"name": "anna", "title": {"en": "Annabel"}}`)
	_, err = m.Make(t.Context())
	require.NoError(t, err)
	words, _ = asked(t)
	assert.Equal(t, []string{"fetch", "portrait", "loop", "loop", "dataset", "make"}, words, "another character")
}

func (m Making) abs(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(m.Work)
	require.NoError(t, err)
	return path
}

func TestMakeGoesOn(t *testing.T) { //nolint:paralleltest // as above
	m, _, wrong := project(t)
	write(t, "break", "dataset")
	_, err := m.Make(t.Context())
	require.ErrorContains(t, err, "dataset did not work")
	assert.Contains(t, wrong.String(), "no more light")
	_, _ = asked(t)
	write(t, "break", "")
	write(t, "hang", "dataset")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = m.Make(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "goes on where it was")
	_, _ = asked(t)
	write(t, "hang", "")
	_, err = m.Make(t.Context())
	require.NoError(t, err)
	words, _ := asked(t)
	assert.Equal(t, []string{"fetch", "dataset", "make"}, words)
}

// listener does something when it is told a word.
type listener struct {
	word string
	do   func()
}

func (l listener) Write(p []byte) (int, error) {
	if strings.Contains(string(p), l.word) {
		l.do()
	}
	return len(p), nil
}

// What a step has started ends with it, also what does not listen.
func TestStoppedWithAll(t *testing.T) { //nolint:paralleltest // as above
	m, _, _ := project(t)
	m.patience = 50 * time.Millisecond
	m.Studio = []string{script(t, "studio", "#!/bin/sh\ntrap '' TERM\nsleep 600 &\necho $! > deaf\necho deaf\nwait\n")}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m.Out = listener{"deaf", cancel}
	_, err := m.Make(ctx)
	require.ErrorContains(t, err, "was stopped")
	pid, err := os.ReadFile("deaf")
	require.NoError(t, err)
	assert.Eventually(t, func() bool {
		state, err := os.ReadFile(filepath.Join("/proc", strings.TrimSpace(string(pid)), "stat"))
		return err != nil || strings.Contains(string(state), ") Z ")
	}, 10*time.Second, time.Millisecond)
}

// A panel is made anew when who sits beside looks different, whether the file lies beside its own or is the studio's.
func TestWhoSitsBeside(t *testing.T) { //nolint:paralleltest // as above
	t.Chdir(t.TempDir())
	require.NoError(t, os.MkdirAll(studioFiles, 0o750))
	write(t, filepath.Join(studioFiles, "bo.json"), `{"name":"bo"}`)
	write(t, "anna.json", `{"name":"anna","beside":[{"character":"bo.json"}]}`)
	k := &kept{}
	first := k.key("anna.json", []string{"loop"})
	assert.Equal(t, first, k.key("anna.json", []string{"loop"}))
	write(t, filepath.Join(studioFiles, "bo.json"), `{"name":"bo","seed":2}`)
	second := k.key("anna.json", []string{"loop"})
	assert.NotEqual(t, first, second)
	write(t, "bo.json", `{"name":"bo","seed":3}`)
	assert.NotEqual(t, second, k.key("anna.json", []string{"loop"}))
}

func TestDraft(t *testing.T) { //nolint:paralleltest // as above
	m, _, _ := project(t)
	m.Draft = true
	dir, err := m.Make(t.Context())
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(m.abs(t), "drafts", "360p", "anna_draft"), dir)
	assert.NoDirExists(t, "packs", "a draft is on no shelf")
	_, all := asked(t)
	assert.Contains(t, all, "--seconds 2 --samples 6")
	assert.Contains(t, all, "--steps 800")
}

func TestWhatIsMissing(t *testing.T) { //nolint:paralleltest // as above
	for name, tc := range map[string]struct {
		harm func(t *testing.T, m *Making)
		want string
	}{
		"no character":    {func(_ *testing.T, m *Making) { m.Character = "otto.json" }, "no character file otto.json"},
		"no JSON":         {func(t *testing.T, _ *Making) { t.Helper(); write(t, "anna.json", "{") }, "anna.json"},
		"a name of ways":  {func(t *testing.T, _ *Making) { t.Helper(); write(t, "anna.json", `{"name": "../x"}`) }, "no name of a folder"},
		"nobody talks":    {func(_ *testing.T, m *Making) { m.Kinds = []string{"listening"} }, "talking"},
		"an unknown loop": {func(_ *testing.T, m *Making) { m.Kinds = []string{"talking", "singing"} }, "singing"},
		"endless loops":   {func(_ *testing.T, m *Making) { m.Seconds = math.Inf(1) }, "seconds"},
		"no seconds":      {func(_ *testing.T, m *Making) { m.Seconds = math.NaN() }, "seconds"},
		"a loop twice":    {func(_ *testing.T, m *Making) { m.Kinds = []string{"talking", "talking"} }, "talking is asked for twice"},
		"odd pixels":      {func(_ *testing.T, m *Making) { m.Scale = 101 }, "none of 50, 100 and 150"},
		"no place for packs": {func(t *testing.T, m *Making) {
			t.Helper()
			write(t, "shelf", "a file")
			m.Packs = "shelf/packs"
		}, "nothing can be written to shelf/packs/720p"},
		"no place for smaller packs": {func(t *testing.T, _ *Making) { t.Helper(); write(t, "packs/480p", "a file") }, "nothing can be written to packs/480p"},
		"no place for work": {func(t *testing.T, m *Making) {
			t.Helper()
			write(t, "shelf", "a file")
			m.Work = "shelf/work"
		}, "shelf/work"},
		"a name that is no id": {func(t *testing.T, _ *Making) {
			t.Helper()
			write(t, "anna.json", `{"name": "`+strings.Repeat("한", 31)+`"}`)
		}, "has 93 bytes in UTF-8"},
		"a device": {func(_ *testing.T, m *Making) { m.Character = "/dev/zero" }, "/dev/zero is no plain file"},
		"a giant file": {func(t *testing.T, _ *Making) {
			t.Helper()
			write(t, "anna.json", `{"name": "anna"}`+strings.Repeat(" ", 1<<20))
		}, "larger than a character file may be, 1 MiB"},
		"a giant":         {func(_ *testing.T, m *Making) { m.Scale = 1 << 40 }, "scale"},
		"a point":         {func(_ *testing.T, m *Making) { m.Scale = -100 }, "scale"},
		"no source":       {func(t *testing.T, _ *Making) { t.Helper(); require.NoError(t, os.RemoveAll("tools")) }, "the project's source"},
		"no Python":       {func(_ *testing.T, m *Making) { m.Python = "/nowhere/python3.11" }, "--python"},
		"no make":         {func(_ *testing.T, m *Making) { m.Maker = "/nowhere/make" }, "needs make"},
		"no ffmpeg":       {func(_ *testing.T, m *Making) { m.FFmpeg = "" }, "make natives"},
		"a name for make": {func(t *testing.T, _ *Making) { t.Helper(); write(t, "anna.json", `{"name": "a $(id)"}`) }, "no name of a folder"},
		"a mistake in the file": {func(t *testing.T, m *Making) {
			t.Helper()
			m.Studio = nil
			m.Python = script(t, "python", "#!/bin/sh\n[ $1 = -c ] && echo 3.11 && exit\necho \"$2: the file lacks seed\" >&2; exit 1\n")
		}, "anna.json: the file lacks seed"},
		"another Python": {func(t *testing.T, m *Making) {
			t.Helper()
			m.Studio = nil
			script(t, "python", "#!/bin/sh\necho 3.14\n")
		}, "is Python 3.14"},
		"a library": {func(t *testing.T, m *Making) {
			t.Helper()
			m.Studio = nil
			script(t, venv, "#!/bin/sh\necho 'ImportError: libXi.so.6: cannot open shared object file' >&2\nexit 1\n")
		}, "Blender misses libXi.so.6: apt-get install libxxf86vm1"},
		"a studio that gives nothing": {func(t *testing.T, m *Making) {
			t.Helper()
			m.Studio = []string{script(t, "studio", "#!/bin/sh\necho nothing\n")}
		}, "ended without anna.jpg"},
	} {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // as above
			m, _, _ := project(t)
			tc.harm(t, &m)
			_, err := m.Make(t.Context())
			require.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

// A character file that is written like another differs in its name alone.
func TestScaffold(t *testing.T) { //nolint:paralleltest // as above
	text, err := os.ReadFile("../../../tools/avatars/interviewer.json")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	write(t, "tools/avatars/interviewer.json", string(text))
	path, err := Scaffold("anna", "interviewer")
	require.NoError(t, err)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, strings.Replace(string(text), `"interviewer"`, `"anna"`, 1), string(raw))
	c, err := ReadCharacter(path)
	require.NoError(t, err)
	assert.Equal(t, "anna", c.Name)
	_, err = Scaffold("anna", "interviewer")
	require.ErrorIs(t, err, os.ErrExist, "what was edited stays")
	for _, like := range []string{"nobody", "nobody.json", "/etc/passwd", "../avatars/interviewer"} {
		_, err = Scaffold("otto", like)
		require.ErrorContains(t, err, "--like takes interviewer, or a character file")
	}
	_, err = Scaffold("../otto", "interviewer")
	require.ErrorContains(t, err, "no name of a folder")
	_, err = Scaffold(strings.Repeat("o", 91), "interviewer")
	require.ErrorContains(t, err, "91 bytes")
	path, err = Scaffold("otto.json", "anna.json")
	require.NoError(t, err)
	assert.Equal(t, "otto.json", path)
	require.NoError(t, os.RemoveAll("tools"))
	_, err = Scaffold("bo", "interviewer")
	require.ErrorContains(t, err, "run it in a folder with the project's source")
}

// The longest name that a character may have makes an id that a pack may have.
func TestLongestName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", maxName)
	require.NoError(t, checkName(long))
	for _, m := range []Making{{Scale: 150}, {Draft: true}} {
		require.NoError(t, sealed.CheckID(m.effort(long).name))
	}
}

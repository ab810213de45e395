package questions_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/interview/questions"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// shelf is a library whose changes a test waits for.
type shelf struct {
	*questions.Library
	dir     string
	changes chan []string
}

func open(t *testing.T, dir string) *shelf {
	t.Helper()
	builtIn, err := questions.ParseYAML([]byte(small))
	require.NoError(t, err)
	s := &shelf{dir: dir, changes: make(chan []string, 100)}
	s.Library, err = questions.Open(questions.Options{
		BuiltIn: []questions.Set{builtIn}, Dir: dir, Logger: hclog.NewNullLogger(),
		Changed: func(sets []questions.Set) { s.changes <- ids(sets) },
	})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	<-s.changes
	return s
}

func ids(sets []questions.Set) []string {
	var all []string
	for _, set := range sets {
		all = append(all, set.ID)
	}
	return all
}

func (s *shelf) drop(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600))
}

func set(id string) questions.Set {
	return questions.Set{ID: id, Language: "ko", OrgType: "병원", Questions: []questions.Question{
		{ID: "a", Level: questions.Values, Competency: "integrity", Text: "왜요?"},
	}}
}

func TestCreateReplaceDelete(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	require.NoError(t, s.Create(set("mine")))
	assert.Equal(t, []string{"mine", "barista"}, ids(s.Sets()))
	assert.Equal(t, fault.Invalid, fault.KindOf(s.Create(set("mine"))))
	assert.Equal(t, fault.Invalid, fault.KindOf(s.Create(set("barista"))))
	require.NoError(t, s.Replace(set("barista")))
	got, err := s.Get("barista")
	require.NoError(t, err)
	assert.Equal(t, set("barista"), got)

	again := open(t, dir)
	assert.Equal(t, s.Sets(), again.Sets(), "what was kept is there after a restart")
	require.NoError(t, again.Delete("barista"))
	got, err = again.Get("barista")
	require.NoError(t, err)
	assert.True(t, got.BuiltIn)
	assert.Len(t, got.Questions, 2)
	assert.Equal(t, fault.Invalid, fault.KindOf(again.Delete("barista")), "what ships stays")
	require.NoError(t, again.Delete("mine"))
	assert.Equal(t, fault.NotFound, fault.KindOf(again.Delete("mine")))
	_, err = again.Get("mine")
	assert.Equal(t, fault.NotFound, fault.KindOf(err))
}

func TestDroppedFiles(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	s.drop(t, "병원_약사.csv", "질문\n처방이 이상해 보이면 어떻게 하시겠어요?\n")
	for len(s.Sets()) < 2 {
		<-s.changes
	}
	table := s.Sets()[0]
	assert.Equal(t, "약사", table.JobName)
	assert.Equal(t, "병원", table.OrgType)

	s.drop(t, "own.json", `{"id": "own", "questions": [{"question": "왜요?"}]}`)
	for len(s.Sets()) < 3 {
		<-s.changes
	}
	s.drop(t, "own.json", `{"id": "own", "questions": [{"question": ""}]}`)
	s.drop(t, "zother.yaml", "id: own\nquestions: [{question: \"왜요?\"}]")
	s.drop(t, "notes.txt", "not a set")
	for len(s.Refused()) < 2 {
		<-s.changes
	}
	got, err := s.Get("own")
	require.NoError(t, err)
	assert.Equal(t, "왜요?", got.Questions[0].Text, "a bad file leaves the set that was there")
	refused := map[string]string{}
	for _, r := range s.Refused() {
		refused[r.File] = r.Reason
	}
	assert.Equal(t, "1번째 줄: question이 비어 있습니다", refused["own.json"])
	assert.Equal(t, `"own"라는 id는 own.json 파일에 이미 있습니다`, refused["zother.yaml"])

	require.NoError(t, s.Replace(func() questions.Set { n := set(table.ID); return n }()))
	_, err = os.Stat(filepath.Join(s.dir, "병원_약사.csv"))
	assert.True(t, os.IsNotExist(err), "the set in full takes the table's place")
	require.NoError(t, s.Delete(table.ID))
	_, err = s.Get(table.ID)
	assert.Equal(t, fault.NotFound, fault.KindOf(err))
}

func TestOddFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "link.yaml")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder.yaml"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".draft-1.yaml"), []byte("{"), 0o600))
	s := open(t, dir)
	assert.Equal(t, []string{"barista"}, ids(s.Sets()))
	assert.Len(t, s.Refused(), 2)
}

// What the API keeps does not take the place of a user's file that holds something else, or is being mended.
func TestFilesOfOthersStay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := "id: other\nquestions: [{question: \"왜요?\"}]\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine.yaml"), []byte(other), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "draft.yaml"), []byte("id: [draft"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "TABLE.CSV"), []byte("질문\n왜요?\n"), 0o600))
	s := open(t, dir)
	require.Len(t, s.Sets(), 3, "a table is known by its name, however it is written")
	require.NoError(t, s.Create(set("mine")))
	require.NoError(t, s.Create(set("draft")))
	for name, want := range map[string]string{"mine.yaml": other, "draft.yaml": "id: [draft"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, want, string(raw), name)
	}
	require.Len(t, s.Refused(), 1, "the draft is still told of")
	for _, id := range []string{"mine", "other", "draft"} {
		_, err := s.Get(id)
		require.NoError(t, err, id)
	}
	require.NoError(t, s.Delete("mine"))
	assert.Equal(t, ids(s.Sets()), ids(open(t, dir).Sets()))
	_, err := s.Get("other")
	assert.NoError(t, err)
}

// A folder that is removed takes its sets along; one that is made again is watched again.
func TestTheFolderIsMadeAgain(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "sets"))
	for range 2 {
		s.drop(t, "own.json", `{"id": "own", "questions": [{"question": "왜요?"}]}`)
		for len(s.Sets()) < 2 {
			<-s.changes
		}
		require.NoError(t, os.RemoveAll(s.dir))
		for len(s.Sets()) > 1 {
			<-s.changes
		}
	}
}

func TestAFolderThatTakesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	require.NoError(t, s.Create(set("late")))
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.WriteFile(dir, nil, 0o600))
	err := s.Replace(set("late"))
	assert.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
	assert.Contains(t, fault.HintOf(err), "저장 공간")
}

package watch_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/watch"
)

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	wanted := filepath.Join(dir, "wanted")
	heard := make(chan string, 100)
	f, err := watch.Open(dir, 10*time.Millisecond, func(path string) bool {
		heard <- filepath.Base(path)
		return path == wanted
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "other"), nil, 0o600))
	require.Equal(t, "other", <-heard)
	select {
	case <-f.Changed():
		t.Error("another file does not count")
	default:
	}
	require.NoError(t, os.WriteFile(wanted+".new", []byte("1"), 0o600))
	require.NoError(t, os.Rename(wanted+".new", wanted))
	<-f.Changed()
	f.Close()
	var none *watch.Folder
	none.Close()
	_, err = watch.Open(filepath.Join(dir, "nowhere"), time.Second, nil)
	assert.Error(t, err)
}

func TestAFolderThatIsRemoved(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "watched")
	require.NoError(t, os.Mkdir(dir, 0o700))
	f, err := watch.Open(dir, 10*time.Millisecond, func(string) bool { return false })
	require.NoError(t, err)
	defer f.Close()
	assert.False(t, f.Gone())
	require.NoError(t, os.Remove(dir))
	<-f.Changed()
	assert.True(t, f.Gone())
}

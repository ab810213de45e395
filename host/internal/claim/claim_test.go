package claim_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/claim"
)

func TestAFolderHasOneOwner(t *testing.T) { //nolint:paralleltest // a program that another test starts has the lock for a moment
	dir := filepath.Join(t.TempDir(), "made", "when missing")
	first, err := claim.Folder(dir)
	require.NoError(t, err)
	_, err = claim.Folder(dir)
	require.ErrorIs(t, err, claim.ErrTaken)
	other, err := claim.Folder(t.TempDir())
	require.NoError(t, err)
	other.Close()
	first.Close()
	again, err := claim.Folder(dir)
	require.NoError(t, err, "it can be had again")
	again.Close()
	var none *claim.Claim
	none.Close()
}

// A plugin that outlives its host must not keep the host's successor out.
func TestAProgramThatIsStartedDoesNotKeepTheFolder(t *testing.T) { //nolint:paralleltest // see above
	dir := t.TempDir()
	first, err := claim.Folder(dir)
	require.NoError(t, err)
	child := exec.CommandContext(t.Context(), "sleep", "60")
	require.NoError(t, child.Start())
	t.Cleanup(func() { _ = child.Process.Kill(); _ = child.Wait() })
	first.Close()
	second, err := claim.Folder(dir)
	require.NoError(t, err)
	second.Close()
}

func TestAFolderThatCannotBe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := claim.Folder(file)
	require.Error(t, err)
	assert.NotErrorIs(t, err, claim.ErrTaken)
}

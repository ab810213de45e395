package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An author's session with the plugin commands.
func TestPluginCommands(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "llm-interviewer")
	require.NoError(t, os.CopyFS(dir, os.DirFS(built(t, "plugins", "llm-interviewer"))))
	program := filepath.Join(dir, "llm-interviewer")
	visavis := func(ok bool, args ...string) string {
		command := exec.CommandContext(t.Context(), built(t, "bin", "visavis"), append([]string{"plugin"}, args...)...)
		said, err := command.CombinedOutput()
		assert.Equal(t, ok, err == nil, "%v: %s", args, said)
		return string(said)
	}
	require.NoError(t, os.Chmod(program, 0o600))
	assert.Contains(t, visavis(true, "list", dir), "cannot be executed")
	require.NoError(t, os.Chmod(program, 0o700))
	assert.Regexp(t, `llm-interviewer +llm .* sealed\n`, visavis(true, "list", filepath.Dir(dir)))
	require.NoError(t, os.CopyFS(filepath.Join(filepath.Dir(dir), "copy"), os.DirFS(dir)))
	require.NoError(t, os.CopyFS(filepath.Join(filepath.Dir(dir), ".hidden"), os.DirFS(dir)))
	said := visavis(true, "list", filepath.Dir(dir))
	assert.Contains(t, said, "llm-interviewer (in copy)", "two with one name can be told apart")
	assert.NotContains(t, said, ".hidden", "a host passes it over")
	require.NoError(t, appendTo(program, "x"))
	assert.Contains(t, visavis(true, "list", dir), "checksum differs")
	assert.Contains(t, visavis(true, "seal", dir), dir+" sealed")
	assert.Contains(t, visavis(true, "seal", dir), "was sealed already")
	assert.Contains(t, visavis(true, "test", dir), "ok    stops when its client leaves")

	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\necho no licence >&2\nexit 3\n"), 0o700))
	said = visavis(false, "test", dir)
	assert.Contains(t, said, "FAIL  starts and checks")
	assert.Contains(t, said, "no licence")
	assert.Contains(t, visavis(false, "list", t.TempDir()), "no folder in")
	assert.Contains(t, visavis(false, "polish", dir), `unknown command "polish"`)
}

package api_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// The studio's pictures follow what is said: its script is run by node, on elements of its own.
func TestStudioLife(t *testing.T) {
	t.Parallel()
	said, err := exec.CommandContext(t.Context(), "../../../build/natives/bin/node", "--test-reporter=tap", "testdata/life.mjs").CombinedOutput()
	require.NoError(t, err, "make natives-test fetches node\n%s", said)
	require.Contains(t, string(said), "\n# fail 0\n")
	require.NotContains(t, string(said), "\n# pass 0\n")
}

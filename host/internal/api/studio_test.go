package api_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// The studio's pictures follow what is said, and its page says it to everybody: the scripts are run by node, on elements of the tests' own.
func TestStudio(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"life.mjs", "page.mjs"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			said, err := exec.CommandContext(t.Context(), "../../../build/natives/bin/node", "--test-reporter=tap", "testdata/"+script).CombinedOutput()
			require.NoError(t, err, "make natives-test fetches node\n%s", said)
			require.Contains(t, string(said), "\n# fail 0\n")
			require.NotContains(t, string(said), "\n# pass 0\n")
		})
	}
}

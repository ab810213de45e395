package mouth

import (
	"image"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/onnx"
)

// A network that goes round for ever is the pack's fault, and says so.
func TestNetworkThatTakesTooLong(t *testing.T) {
	t.Parallel()
	require.NoError(t, onnx.Load("../../../../build/natives/onnxruntime/libonnxruntime.so"))
	graph, err := os.ReadFile("../../testdata/mouth/endless.onnx")
	require.NoError(t, err)
	n, err := Open(graph)
	require.NoError(t, err)
	defer func() { assert.NoError(t, n.Close()) }()
	n.patience = 50 * time.Millisecond
	p, err := n.Painter(32, 16)
	require.NoError(t, err)
	defer func() { assert.NoError(t, p.Close()) }()
	frame := Frame{Pixels: make([]byte, 32*16*3/2), Width: 32, Height: 16}
	err = p.Paint(t.Context(), frame, image.Rect(0, 0, 32, 16), face.Coefficients{1})
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
	assert.NotEmpty(t, fault.HintOf(err))
}

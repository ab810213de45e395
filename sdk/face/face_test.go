package face_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/face"
)

// Python reads the list from the file.
func TestTheFileIsTheList(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("coefficients.json")
	require.NoError(t, err)
	var file struct {
		Version      int      `json:"version"`
		Coefficients []string `json:"coefficients"`
	}
	require.NoError(t, json.Unmarshal(data, &file))
	assert.Equal(t, face.Version, file.Version)
	assert.Equal(t, face.Names(), file.Coefficients)
	require.Len(t, file.Coefficients, face.Count)
	assert.Equal(t, "jawOpen", face.JawOpen.String())
	assert.Equal(t, "tongueOut", face.TongueOut.String())
}

func TestClamp(t *testing.T) {
	t.Parallel()
	c := face.Coefficients{face.JawOpen: 2, face.MouthClose: -1, face.MouthBite: math.NaN(), face.TongueUp: 0.5, face.TongueOut: math.Inf(1)}
	assert.Equal(t, face.Coefficients{face.JawOpen: 1, face.TongueUp: 0.5, face.TongueOut: 1}, c.Clamp())
}

package atlas_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/atlas"
	"github.com/visavis-dev/visavis/sdk/face"
)

func TestPlaces(t *testing.T) {
	t.Parallel()
	assert.Equal(t, atlas.Pose{}, atlas.Of(face.Coefficients{}), "rest")
	round := atlas.Of(face.Coefficients{face.JawOpen: 0.29, face.MouthPucker: 1, face.MouthFunnel: 0.5})
	assert.InDelta(t, -1, round.Shape, 1e-9)
	assert.InDelta(t, 0.5, round.Open, 1e-9, "a round mouth of half the opening has less jaw")
	wide := atlas.Of(face.Coefficients{face.JawOpen: 1, face.MouthLowerDown: 1, face.MouthUpperUp: 1, face.MouthStretch: 1})
	assert.InDelta(t, 1, wide.Open, 0)
	assert.InDelta(t, 1, wide.Shape, 0)
	teeth := atlas.Of(face.Coefficients{face.MouthLowerDown: 1})
	assert.InDelta(t, 0.1, teeth.Open, 1e-9, "lips part without the jaw")
	met := atlas.Of(face.Coefficients{face.JawOpen: 0.4, face.MouthClose: 1, face.MouthPress: 0.3})
	assert.InDelta(t, 1, met.Press, 0)
	assert.Greater(t, met.Open, 0.3, "the place among vowels is that of the jaw: press wins over it")
	assert.InDelta(t, 0.7, atlas.Of(face.Coefficients{face.MouthBite: 0.7}).Bite, 0)
	assert.InDelta(t, 0.9, atlas.Of(face.Coefficients{face.TongueOut: 0.9, face.TongueUp: 0.2}).Tongue, 0)
}

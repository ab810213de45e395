// Package h264 reads what an MP4 of H.264 says of its own pictures: their size, form, colours and times. It decodes none.
package h264

import (
	"errors"
	"fmt"
)

// Wanted is what a film must be; in any case it is 8 bits of yuv420p, BT.709 in the limited range, progressive, not turned, without sound.
type Wanted struct {
	// Width and Height of its pictures; 0 is any.
	Width, Height int
	// FrameRate is pictures a second, each shown as long as the others; 0 is any.
	FrameRate int
}

// Check tells in one sentence what is wrong with a film, the whole file.
func Check(film []byte, want Wanted) error {
	t, err := pictures(film)
	if err != nil {
		return err
	}
	if t.turned {
		return errors.New("it is to be turned or mirrored when it is shown")
	}
	if t.fullRange {
		return errFullRange
	}
	for _, raw := range t.parameters {
		if err := checkParameters(raw, want); err != nil {
			return err
		}
	}
	if want.FrameRate != 0 {
		if err := t.checkTimes(want.FrameRate); err != nil {
			return err
		}
	}
	return t.units(film, func(unit []byte) error {
		if unit[0]&0x1f != parameterSet {
			return nil
		}
		if err := checkParameters(unit, want); err != nil {
			return fmt.Errorf("in mid-film %w", err)
		}
		return nil
	})
}

var errFullRange = errors.New("its colours are in the full range, not in the limited one")

func checkParameters(raw []byte, want Wanted) error {
	p, err := readParameters(raw)
	if err != nil {
		return err
	}
	switch {
	case p.chroma != chroma420 || p.luma != 8 || p.colour != 8:
		return fmt.Errorf("its pictures are %s in %d bits, not yuv420p, which is 4:2:0 in 8 bits", chromaName(p.chroma), max(p.luma, p.colour))
	case p.interlaced:
		return errors.New("its pictures are interlaced")
	case p.fullRange:
		return errFullRange
	case p.matrix != matrixUnknown && p.matrix != matrixBT709:
		return fmt.Errorf("its colours are not BT.709 (matrix 1 of H.264), but of matrix %d", p.matrix)
	case want.Width != 0 && (p.width != want.Width || p.height != want.Height):
		return fmt.Errorf("its pictures are %d×%d, not %d×%d", p.width, p.height, want.Width, want.Height)
	}
	return nil
}

func chromaName(chroma int) string {
	names := []string{"grey", "4:2:0", "4:2:2", "4:4:4"}
	if chroma >= len(names) {
		return "of no known form"
	}
	return names[chroma]
}

// checkTimes tells whether all pictures last as long as they should.
func (t *track) checkTimes(rate int) error {
	first := t.times[0].each
	for _, run := range t.times {
		if run.each != first {
			return fmt.Errorf("its frames last unequally long, not a %dth of a second each", rate)
		}
	}
	if int64(first)*int64(rate) != int64(t.scale) {
		return fmt.Errorf("it has %.4g frames a second, not %d", float64(t.scale)/float64(max(1, first)), rate)
	}
	return nil
}

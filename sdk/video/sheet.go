package video

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Sheet is one picture of chosen frames of an MP4.
type Sheet struct {
	// File is the MP4, Out the PNG; what stands there is replaced.
	File, Out string
	// Frames are the places of those that are shown, rising.
	Frames []int
	// Width and Height of each, and how many stand beside each other.
	Width, Height, Columns int
}

// Draw writes the picture. A file that is no MP4 is fault.Invalid.
func (s Sheet) Draw(ctx context.Context, ffmpeg string) error {
	const op = "draw sheet"
	if err := Find(ffmpeg); err != nil {
		return err
	}
	chosen := make([]string, 0, len(s.Frames))
	for _, n := range s.Frames {
		chosen = append(chosen, fmt.Sprintf(`eq(n\,%d)`, n))
	}
	filter := fmt.Sprintf("select=%s,scale=%d:%d,tile=%dx%d:padding=4:margin=4", strings.Join(chosen, "+"), s.Width, s.Height,
		s.Columns, (len(s.Frames)+s.Columns-1)/s.Columns)
	var said tail
	c := command(ctx, ffmpeg, "-y", "-protocol_whitelist", "file", "-f", "mp4", "-i", s.File, "-an", "-vf", filter,
		"-frames:v", "1", "-update", "1", "-c:v", "png", "-f", "image2", s.Out)
	c.Stderr = &said
	err := explain(ctx, op, c.Run(), &said)
	if fault.KindOf(err) == fault.Internal {
		return fault.New(fault.Invalid, op, "", errors.New(said.line()))
	}
	return err
}

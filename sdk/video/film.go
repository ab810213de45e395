package video

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Film is a file of pictures that are to be worked on again: H.264 in ten bits without loss of colour resolution, whose
// pictures are 8 bits each of blue, green and red.
type Film struct {
	File          string
	Width, Height int
	// FPS is frames a second; it is only told, not used.
	FPS float64
	// QP is libx264's quantizer, the same for all frames: at 26 the worst is about as good as the best, 45 dB.
	QP int
}

// PictureSize is the size of a film's picture in bytes.
func (f Film) PictureSize() int { return 3 * f.Width * f.Height }

// Write makes the file of so many pictures, each asked for once, in order. What stands there is replaced.
func (f Film) Write(ctx context.Context, ffmpeg string, count int, picture func(n int) ([]byte, error)) error {
	const op = "write film"
	if err := Find(ffmpeg); err != nil {
		return err
	}
	c := command(ctx, ffmpeg, "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-video_size", fmt.Sprintf("%dx%d", f.Width, f.Height),
		"-framerate", strconv.FormatFloat(f.FPS, 'f', -1, 64), "-i", "pipe:0",
		// Two bits more than the pictures have: what colours lose by rounding costs more than they do.
		"-vf", "scale=out_color_matrix=bt709:out_range=full:flags=accurate_rnd+full_chroma_int,format=yuv444p10le",
		"-c:v", "libx264", "-preset", "fast", "-tune", "psnr", "-qp", strconv.Itoa(f.QP), "-bf", "0", "-g", "250",
		"-x264-params", "ipratio=1:aq-mode=0:chroma-qp-offset=-3",
		"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "pc",
		"-movflags", "+faststart", "-f", "mp4", f.File)
	return pictures{f.PictureSize(), count, picture}.encode(ctx, op, c)
}

// pictures are what ffmpeg makes a file of: so many of size bytes, each asked for once, in order.
type pictures struct {
	size, count int
	give        func(n int) ([]byte, error)
}

// encode runs ffmpeg on them; op is what is done.
func (p pictures) encode(ctx context.Context, op string, c *exec.Cmd) error {
	var said tail
	c.Stderr = &said
	stdin, err := c.StdinPipe()
	if err != nil {
		return fmt.Errorf("%s: open pipe: %w", op, err)
	}
	if err := c.Start(); err != nil {
		return explain(ctx, op, err, &said)
	}
	fed := p.feed(ctx, stdin)
	closed := stdin.Close()
	if err := explain(ctx, op, c.Wait(), &said); err != nil {
		return err
	}
	if err := errors.Join(fed, closed); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

func (p pictures) feed(ctx context.Context, to io.Writer) error {
	for n := range p.count {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		raw, err := p.give(n)
		if err != nil {
			return err
		}
		if len(raw) != p.size {
			return fmt.Errorf("picture %d has %d bytes", n, len(raw))
		}
		if _, err := to.Write(raw); err != nil {
			return fmt.Errorf("picture %d: %w", n, err)
		}
	}
	return nil
}

// Read gives each picture to take, in order; it must not keep them. It ends early with take's error. A file that is no
// such film is fault.Invalid.
func (f Film) Read(ctx context.Context, ffmpeg string, take func(n int, picture []byte) error) error {
	const op = "read film"
	if err := Find(ffmpeg); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var said tail
	c := command(ctx, ffmpeg, append(readMP4(f.File), "-fps_mode", "passthrough",
		"-vf", "scale=in_color_matrix=bt709:in_range=full:flags=accurate_rnd+full_chroma_int,format=bgr24", "-f", "rawvideo", "-")...)
	c.Stderr = &said
	stdout, err := c.StdoutPipe()
	if err != nil {
		return fmt.Errorf("%s: open pipe: %w", op, err)
	}
	if err := c.Start(); err != nil {
		return explain(ctx, op, err, &said)
	}
	taken := f.drain(stdout, take)
	if taken != nil {
		cancel()
		_ = c.Wait()
		return fmt.Errorf("%s: %w", op, taken)
	}
	err = explain(ctx, op, c.Wait(), &said)
	if fault.KindOf(err) == fault.Internal {
		return fault.New(fault.Invalid, op, "", err)
	}
	return err
}

func (f Film) drain(from io.Reader, take func(n int, picture []byte) error) error {
	picture := make([]byte, f.PictureSize())
	for n := 0; ; n++ {
		_, err := io.ReadFull(from, picture)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.New(fault.Invalid, "read picture", "", fmt.Errorf("picture %d has another size: %w", n, err))
		}
		if err := take(n, picture); err != nil {
			return err
		}
	}
}

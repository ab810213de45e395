package video

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Loop is a film whose last frame leads into its first. Its frames are decoded while they are asked for, so that a long film takes no
// memory, and scaled to Width × Height, both even.
type Loop struct {
	File          string
	Width, Height int
	// Patience is how long a frame may take to come; 0 is 15 s.
	Patience time.Duration
}

// Count decodes the film once, as it is, and gives how many frames it has. One with more frames than most or of another size, and one
// that ffmpeg complains of, is fault.Invalid.
func (l Loop) Count(ctx context.Context, ffmpeg string, most int) (int, error) {
	const op = "count frames"
	if err := Find(ffmpeg); err != nil {
		return 0, err
	}
	size := FrameSize(l.Width, l.Height)
	var said tail
	out := counted{most: size * most}
	c := command(ctx, ffmpeg, append(readMP4(l.File), "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")...)
	c.Stdout, c.Stderr = &out, &said
	err := explain(ctx, op, c.Run(), &said)
	switch {
	case out.bytes > out.most:
		return 0, noFilm(op, fmt.Errorf("more than %d frames of %d×%d", most, l.Width, l.Height))
	case fault.KindOf(err) == fault.Internal || (err == nil && said.buffer.Len() > 0):
		return 0, noFilm(op, fmt.Errorf("it cannot be decoded: %s", said.line()))
	case err == nil && (out.bytes == 0 || out.bytes%size != 0):
		return 0, noFilm(op, fmt.Errorf("%d bytes are no frames of %d×%d", out.bytes, l.Width, l.Height))
	}
	return out.bytes / size, err
}

// counted counts bytes, and refuses more than most.
type counted struct{ bytes, most int }

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	if c.bytes += len(p); c.bytes > c.most {
		return 0, errors.New("more frames than expected")
	}
	return len(p), nil
}

// Write makes the file of so many frames, each asked for once, in order; crf is libx264's. What stands there is replaced.
func (l Loop) Write(ctx context.Context, ffmpeg string, crf, frames int, frame func(n int) ([]byte, error)) error {
	const op = "write loop"
	if err := Find(ffmpeg); err != nil {
		return err
	}
	colours := []string{"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"}
	args := append([]string{"-y", "-f", "rawvideo", "-pix_fmt", "yuv420p"}, colours...)
	args = append(args, "-video_size", fmt.Sprintf("%dx%d", l.Width, l.Height), "-framerate", strconv.Itoa(FrameRate), "-i", "pipe:0",
		// Frames in the order they are shown: the first is a key, so a loop starts again where it started. A long film is decoded
		// again for every video that is made of it.
		"-c:v", "libx264", "-preset", "slow", "-tune", "fastdecode", "-crf", strconv.Itoa(crf), "-bf", "0", "-g", "250", "-pix_fmt", "yuv420p")
	c := command(ctx, ffmpeg, append(append(args, colours...), "-movflags", "+faststart", "-f", "mp4", l.File)...)
	return pictures{FrameSize(l.Width, l.Height), frames, frame}.encode(ctx, op, c)
}

// patience is how long a frame may take to come, on a machine that has much else to do.
const patience = 15 * time.Second

var errNoFrame = errors.New("no frame comes of it")

// loopAhead is how many frames are decoded before they are asked for.
const loopAhead = 4

// Player decodes a Loop from its first frame to its last. It owns ffmpeg's process and a goroutine, which Close ends. Not safe for concurrent use.
type Player struct {
	cancel  context.CancelFunc
	frames  chan []byte
	spare   chan []byte
	command *exec.Cmd
	said    tail
	work    sync.WaitGroup
	// err is why frames ended; it is read after frames is closed.
	err error
}

// Play starts to decode a loop.
func Play(ctx context.Context, ffmpeg string, l Loop) (*Player, error) {
	const op = "play loop"
	if err := Find(ffmpeg); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	p := &Player{cancel: func() { cancel(nil) }, frames: make(chan []byte, loopAhead), spare: make(chan []byte, loopAhead+2)}
	// One thread: frames are asked for as fast as they are used.
	p.command = command(ctx, ffmpeg, append(append([]string{"-threads", "1"}, readMP4(l.File)...),
		"-fps_mode", "passthrough", "-vf", fmt.Sprintf("scale=%d:%d:flags=bicubic", l.Width, l.Height),
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1")...)
	p.command.Stderr = &p.said
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		p.cancel()
		return nil, fmt.Errorf("%s: open pipe: %w", op, err)
	}
	widen(stdout)
	if err := p.command.Start(); err != nil {
		p.cancel()
		return nil, explain(ctx, op, err, &p.said)
	}
	p.work.Go(func() {
		defer close(p.frames)
		late := alarm{cmp.Or(l.Patience, patience), func() { cancel(errNoFrame) }}
		read := p.read(ctx, stdout, FrameSize(l.Width, l.Height), late)
		p.err = explain(ctx, op, errors.Join(read, p.command.Wait()), &p.said)
		if errors.Is(context.Cause(ctx), errNoFrame) {
			p.err = errNoFrame
		}
	})
	return p, nil
}

// alarm is what happens when something takes too long.
type alarm struct {
	after time.Duration
	ring  func()
}

// read takes frames until there are none, or one is late.
func (p *Player) read(ctx context.Context, from io.Reader, size int, late alarm) error {
	for {
		frame := p.buffer(size)
		waiting := time.AfterFunc(late.after, late.ring)
		_, err := io.ReadFull(from, frame)
		waiting.Stop()
		if err != nil {
			return fmt.Errorf("read frame: %w", err)
		}
		select {
		case p.frames <- frame:
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // explain says what was done
		}
	}
}

func (p *Player) buffer(size int) []byte {
	select {
	case b := <-p.spare:
		return b
	default:
		return make([]byte, size)
	}
}

// Next gives the next frame in exchange for a buffer of its size, whose content does not matter: so none is copied. A file that is no
// film, or has no more frames, is fault.Invalid. After an error the buffer is still the caller's.
func (p *Player) Next(ctx context.Context, buffer []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil { // a frame that is ready must not win over it
		return nil, fmt.Errorf("play loop: %w", err)
	}
	select {
	case frame, open := <-p.frames:
		if !open {
			return nil, p.ended(ctx)
		}
		p.spare <- buffer // there is room for all
		return frame, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("play loop: %w", ctx.Err())
	}
}

func (p *Player) ended(ctx context.Context) error {
	if ctx.Err() != nil {
		return fmt.Errorf("play loop: %w", ctx.Err())
	}
	return noFilm("play loop", fmt.Errorf("it has no more frames: %w", p.err))
}

// Close ends the process.
func (p *Player) Close() {
	p.cancel()
	for range p.frames { // what is left is let go
	}
	p.work.Wait()
}

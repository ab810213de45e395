package video

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"sync"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Loop is a film that starts again when it ends. Its frames are decoded while they are asked for, so that a long film takes no
// memory, and scaled to Width × Height, both even.
type Loop struct {
	File          string
	Width, Height int
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
		// Frames in the order they are shown: the first is a key, so a loop starts again where it started. A film is decoded again for
		// every video that is made of it.
		"-c:v", "libx264", "-preset", "slow", "-tune", "fastdecode", "-crf", strconv.Itoa(crf), "-bf", "0", "-g", "250", "-pix_fmt", "yuv420p")
	c := command(ctx, ffmpeg, append(append(args, colours...), "-movflags", "+faststart", "-f", "mp4", l.File)...)
	return pictures{FrameSize(l.Width, l.Height), frames, frame}.encode(ctx, op, c)
}

// loopAhead is how many frames are decoded before they are asked for.
const loopAhead = 4

// Player decodes a Loop. It owns ffmpeg's process and a goroutine, which Close ends. Not safe for concurrent use.
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
	ctx, cancel := context.WithCancel(ctx)
	p := &Player{cancel: cancel, frames: make(chan []byte, loopAhead), spare: make(chan []byte, loopAhead+2)}
	// The form is given: a file must not pass as a list of others. One thread: frames are asked for as fast as they are used.
	p.command = command(ctx, ffmpeg, "-protocol_whitelist", "file,pipe", "-threads", "1", "-stream_loop", "-1", "-f", "mp4", "-i", l.File, "-an",
		"-fps_mode", "passthrough", "-vf", fmt.Sprintf("scale=%d:%d:flags=bicubic", l.Width, l.Height),
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1")
	p.command.Stderr = &p.said
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		cancel()
		return nil, fmt.Errorf("%s: open pipe: %w", op, err)
	}
	widen(stdout)
	if err := p.command.Start(); err != nil {
		cancel()
		return nil, explain(ctx, op, err, &p.said)
	}
	p.work.Go(func() {
		defer close(p.frames)
		read := p.read(ctx, stdout, FrameSize(l.Width, l.Height))
		p.err = explain(ctx, op, errors.Join(read, p.command.Wait()), &p.said)
	})
	return p, nil
}

func (p *Player) read(ctx context.Context, from io.Reader, size int) error {
	for {
		frame := p.buffer(size)
		if _, err := io.ReadFull(from, frame); err != nil {
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
// film is fault.Invalid. After an error the buffer is still the caller's.
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
	return fault.New(fault.Invalid, "play loop", "", fmt.Errorf("it has no more frames: %w", p.err))
}

// Close ends the process.
func (p *Player) Close() {
	p.cancel()
	for range p.frames { // what is left is let go
	}
	p.work.Wait()
}

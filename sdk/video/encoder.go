package video

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// Settings of an Encoder.
type Settings struct {
	// FFmpeg is the program's path.
	FFmpeg string
	// Width and Height of the frames that come in; OutWidth and OutHeight of the video. All even.
	Width, Height, OutWidth, OutHeight int
	// SampleRate of the sound in Hz.
	SampleRate int
	// Preset and CRF are libx264's; "" is veryfast with less searched for, and 0 is 21.
	Preset string
	CRF    int
	// Hardware encodes on the graphics card (see the function Hardware), with CRF as its quality.
	Hardware bool
	// Fragment takes the file as it is made, in pieces of at most 64 KiB that it must not keep. It is called from one
	// goroutine; an error ends the encoder.
	Fragment func(data []byte) error
}

// ErrCard is the error of an encoder with Hardware whose card took no film: cards encode a few at a time. Nothing was given out, so that
// another encoder may begin anew.
var ErrCard = errors.New("the graphics card does not encode")

// ahead bounds what waits for ffmpeg: frames, and chunks of sound.
const ahead = 8

// pieceSize bounds a piece of the file, in bytes.
const pieceSize = 64 << 10

// behind is how much nicer ffmpeg is than who draws: a frame that is not drawn is what both wait for, and ffmpeg's threads are many.
const behind = 5

// mostSlices bounds the parts of a frame that libx264 compresses at once: four make the file 7 % larger.
const mostSlices = 4

// Encoder turns frames and sound into one fragmented MP4 file (H.264 and AAC). It owns an ffmpeg process and the
// goroutines that feed it. Frame and Sound may be called from two goroutines; both return soon after ctx ends.
type Encoder struct {
	ctx    context.Context //nolint:containedctx // the life of the process
	cancel context.CancelFunc
	frames chan []byte
	sound  chan []byte
	// spare holds frames' buffers for use again.
	spare   chan []byte
	workers sync.WaitGroup
	said    tail
	ended   chan struct{}
	err     error
	command *exec.Cmd
	once    sync.Once
}

// NewEncoder starts ffmpeg. Close must be called; it waits for everything.
func NewEncoder(ctx context.Context, s Settings) (*Encoder, error) {
	if err := Find(s.FFmpeg); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	e := &Encoder{
		ctx: ctx, cancel: cancel, frames: make(chan []byte, ahead), sound: make(chan []byte, ahead),
		spare: make(chan []byte, ahead+2), ended: make(chan struct{}),
	}
	if err := e.start(s); err != nil {
		cancel()
		return nil, err
	}
	return e, nil
}

func (e *Encoder) start(s Settings) error {
	const op = "start encoder"
	soundOut, soundIn, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("%s: open pipe: %w", op, err)
	}
	e.command = command(e.ctx, s.FFmpeg, arguments(s)...)
	e.command.ExtraFiles = []*os.File{soundOut} // file descriptor 3
	e.command.Stderr = &e.said
	stdin, err := e.command.StdinPipe()
	if err != nil {
		return fmt.Errorf("%s: open pipe: %w", op, errors.Join(err, soundOut.Close(), soundIn.Close()))
	}
	widen(stdin)
	stdout, err := e.command.StdoutPipe()
	if err != nil {
		return fmt.Errorf("%s: open pipe: %w", op, errors.Join(err, soundOut.Close(), soundIn.Close()))
	}
	// After an error ffmpeg waits for the pipe that it was reading, perhaps for ever: their ends let it go.
	e.said.heard = sync.OnceFunc(func() { _, _ = stdin.Close(), soundIn.Close() })
	if err := e.command.Start(); err != nil {
		_, _ = soundOut.Close(), soundIn.Close()
		return explain(e.ctx, op, err, &e.said)
	}
	yield(e.command.Process.Pid)
	_ = soundOut.Close() // ffmpeg has its own
	e.workers.Go(func() { feed(e.ctx, stdin, e.frames, e.spare) })
	e.workers.Go(func() { feed(e.ctx, soundIn, e.sound, nil) })
	e.workers.Go(func() { e.collect(stdout, s) })
	return nil
}

// keyEvery is how many frames a keyframe serves. Each draws the still room anew, a little otherwise, which is seen as a pulse: every two
// seconds it was, and a fifth of the size besides. A player that jumps decodes ten seconds at most.
const keyEvery = 10 * FrameRate

func arguments(s Settings) []string {
	size := strconv.Itoa(s.Width) + "x" + strconv.Itoa(s.Height)
	args := []string{
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "-color_range", "tv", "-colorspace", "bt709",
		"-color_primaries", "bt709", "-color_trc", "bt709", "-video_size", size,
		"-framerate", strconv.Itoa(FrameRate), "-i", "pipe:0",
		"-f", "s16le", "-ar", strconv.Itoa(s.SampleRate), "-ac", "1", "-i", "pipe:3",
		"-map", "0:v", "-map", "1:a",
	}
	if s.OutWidth != s.Width || s.OutHeight != s.Height {
		args = append(args, "-vf", fmt.Sprintf("scale=%d:%d:flags=bicubic,setsar=1", s.OutWidth, s.OutHeight))
	}
	args = append(args, s.codec()...)
	return append(args,
		"-pix_fmt", "yuv420p", "-g", strconv.Itoa(keyEvery), "-bf", "0",
		"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
		"-c:a", "aac", "-b:a", "96k",
		"-f", "mp4", "-movflags", "frag_keyframe+empty_moov+delay_moov+default_base_moof", "-frag_duration", "200000", "-flush_packets", "1", "pipe:1")
}

// codec is what compresses, and how well.
func (s Settings) codec() []string {
	quality := strconv.Itoa(cmp.Or(s.CRF, 21))
	if s.Hardware {
		return []string{"-c:v", "h264_nvenc", "-preset", "p4", "-rc", "vbr", "-cq", quality, "-b:v", "0", "-delay", "0"}
	}
	// A short look ahead brings the first piece sooner; -tune zerolatency would make the file three times as large. Threads that share
	// each frame do too: otherwise there are three for two cores, and as many frames come in before one goes out.
	params := "rc-lookahead=3:sync-lookahead=0:sliced-threads=1:threads=" + strconv.Itoa(min(runtime.GOMAXPROCS(0), mostSlices))
	if s.Preset == "" {
		// Blocks of 16 x 16 alone, and movement by plain differences in one pass: a quarter less time for a face before a still room, for
		// 4 % of size and a thousandth of likeness (SSIM).
		params += ":partitions=none:subme=1"
	}
	return []string{"-c:v", "libx264", "-preset", cmp.Or(s.Preset, "veryfast"), "-crf", quality, "-x264-params", params}
}

// yield makes a program nicer than this one. Its threads are born later and have what it has. Where that cannot be, all goes on as before,
// a little slower.
func yield(pid int) {
	const none = 20 // Linux tells 20 less the niceness, so that it is never negative
	if told, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err == nil {
		_ = unix.Setpriority(unix.PRIO_PROCESS, pid, min(none-told+behind, 19))
	}
}

// feed writes what comes from a channel into a pipe until the channel is closed or ctx ends.
func feed(ctx context.Context, pipe io.WriteCloser, in <-chan []byte, spare chan<- []byte) {
	defer func() { _ = pipe.Close() }()
	for {
		select {
		case data, open := <-in:
			if !open {
				return
			}
			if _, err := pipe.Write(data); err != nil {
				return // ffmpeg has ended; collect says why
			}
			select {
			case spare <- data:
			default:
			}
		case <-ctx.Done():
			return
		}
	}
}

// collect hands the file on and waits for ffmpeg's end.
func (e *Encoder) collect(stdout io.Reader, s Settings) {
	defer close(e.ended)
	buffer := make([]byte, pieceSize)
	var refused error
	given := false
	for {
		n, err := stdout.Read(buffer)
		if n > 0 && refused == nil {
			given = true
			if refused = s.Fragment(buffer[:n]); refused != nil {
				e.cancel()
			}
		}
		if err != nil {
			break
		}
	}
	err := e.command.Wait()
	if err == nil && e.said.buffer.Len() > 0 {
		err = errors.New("ffmpeg complained")
	}
	if refused != nil {
		e.err = refused
		return
	}
	e.err = explain(e.ctx, "encode video", err, &e.said)
	if e.err != nil && s.Hardware && !given && e.ctx.Err() == nil {
		e.err = errors.Join(ErrCard, e.err)
	}
}

// Buffer gives room for one frame of size bytes, which Frame takes.
func (e *Encoder) Buffer(size int) []byte {
	select {
	case b := <-e.spare:
		if len(b) == size {
			return b
		}
	default:
	}
	return make([]byte, size)
}

// Frame takes the next frame; the buffer is the encoder's from then on.
func (e *Encoder) Frame(frame []byte) error { return e.put(e.frames, frame) }

// Sound takes the next samples; it copies them.
func (e *Encoder) Sound(samples []int16) error {
	raw := make([]byte, 2*len(samples))
	for i, s := range samples {
		binary.LittleEndian.PutUint16(raw[2*i:], uint16(s)) //nolint:gosec // the bits are a signed sample
	}
	return e.put(e.sound, raw)
}

func (e *Encoder) put(to chan<- []byte, data []byte) error {
	select {
	case to <- data:
		return nil
	case <-e.ctx.Done():
		<-e.ended // soon: ffmpeg was killed
	case <-e.ended:
	}
	if e.err == nil {
		return errors.New("encode video: ffmpeg ended early")
	}
	return e.err
}

// Finish ends the file and waits until its last piece was handed on. No Frame or Sound may follow.
func (e *Encoder) Finish() error {
	e.once.Do(func() {
		close(e.frames)
		close(e.sound)
	})
	<-e.ended
	e.workers.Wait()
	return e.err
}

// Close ends ffmpeg, finished or not, and waits for everything.
func (e *Encoder) Close() {
	e.cancel()
	<-e.ended
	e.workers.Wait()
}

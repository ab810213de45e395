// Package video encodes frames and sound into MP4, and decodes the stacks of avatar packs and compressed speech, with the ffmpeg
// program. Frames are yuv420p, BT.709, limited range.
package video

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// FrameRate of every video, in frames per second.
const FrameRate = 25

// FrameSize is the size of a yuv420p frame in bytes; width and height are even.
func FrameSize(width, height int) int { return width * height * 3 / 2 }

// Find checks that there is an ffmpeg to run at path; otherwise it is fault.Unavailable.
func Find(path string) error {
	if path == "" {
		return missing(exec.ErrNotFound)
	}
	if _, err := exec.LookPath(path); err != nil {
		return missing(err)
	}
	return nil
}

func missing(err error) error {
	return fault.New(fault.Unavailable, "run ffmpeg",
		"ffmpeg를 찾을 수 없습니다. 'make natives'로 내려받거나 경로를 설정해 주세요.", err)
}

// graceAfterKill bounds the wait for pipes that something else may still hold.
const graceAfterKill = 2 * time.Second

// command makes a run of ffmpeg whose whole group ends with ctx, and with this process.
func command(ctx context.Context, ffmpeg string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, ffmpeg, append([]string{"-hide_banner", "-nostdin", "-loglevel", "error"}, args...)...) //nolint:gosec // the operator names ffmpeg
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = graceAfterKill
	return c
}

// pipeSize holds most of a frame of 720p, so that it passes in a few turns instead of the twenty that the usual 64 KiB take.
const pipeSize = 1 << 20

// widen makes an open pipe of ours larger, where the system allows it; else it stays as it is.
func widen(pipe any) {
	file, ok := pipe.(syscall.Conn)
	if !ok {
		return
	}
	if raw, err := file.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeSize) })
	}
}

// tail keeps the end of what ffmpeg says.
type tail struct {
	buffer bytes.Buffer
	// heard, if any, is called after each word.
	heard func()
}

// maxTail bounds a tail, in bytes.
const maxTail = 4 << 10

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.buffer.Write(p)
	if over := t.buffer.Len() - maxTail; over > 0 {
		t.buffer.Next(over)
	}
	if t.heard != nil {
		t.heard()
	}
	return len(p), nil
}

// line is the first whole line that is kept, without the addresses that stand before it.
func (t *tail) line() string {
	text := t.buffer.String()
	if _, rest, cut := strings.Cut(text, "\n"); cut && len(text) == maxTail {
		text = rest
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	for strings.HasPrefix(text, "[") && strings.Contains(text, "] ") {
		_, text, _ = strings.Cut(text, "] ")
	}
	return text
}

// explain gives the cause of a failed run: ctx's end, a missing program, or ffmpeg's last words.
func explain(ctx context.Context, op string, err error, said *tail) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", op, ctx.Err())
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.EACCES):
		return missing(err)
	case strings.Contains(said.buffer.String(), noSpace):
		return fault.New(fault.Unavailable, op, "파일을 저장할 수 없습니다. 서버의 저장 공간을 확인해 주세요", errors.New("the disk is full"))
	}
	return fault.New(fault.Internal, op, "", fmt.Errorf("%w: %s", err, strings.TrimSpace(said.buffer.String())))
}

// noSpace is how ffmpeg tells of a full disk.
const noSpace = "No space left on device"

// mostPixels bounds the pictures of a film: a few bytes may claim any size, and a decoder holds up to sixteen of them.
const mostPixels = 4096 * 4096

// readMP4 are the arguments that read a file of H.264. Form and codec are given: a file must not pass as a list of others, nor hold what
// no browser plays.
func readMP4(file string) []string {
	return []string{
		"-protocol_whitelist", "file", "-max_pixels", strconv.Itoa(mostPixels), "-f", "mp4", "-codec:v", "h264", "-i", file, "-an",
	}
}

// noFilm is the fault of a file that cannot be decoded.
func noFilm(op string, err error) error {
	return fault.New(fault.Invalid, op, "영상 파일이 손상되었거나 지원하지 않는 형식입니다", err)
}

// Remux copies a fragmented MP4 into one whose index comes first. What stands at to is replaced.
func Remux(ctx context.Context, ffmpeg, from, to string) error {
	if err := Find(ffmpeg); err != nil {
		return err
	}
	var said tail
	c := command(ctx, ffmpeg, "-y", "-f", "mp4", "-i", from, "-c", "copy", "-movflags", "+faststart", "-f", "mp4", to)
	c.Stderr = &said
	return explain(ctx, "remux video", c.Run(), &said)
}

// maxStill bounds a picture as JPEG, in bytes.
const maxStill = 16 << 20

// Still gives the first frame of an MP4 as JPEG, scaled to width × height. A file that is none is fault.Invalid.
func Still(ctx context.Context, ffmpeg, file string, width, height int) ([]byte, error) {
	const op = "take still"
	if err := Find(ffmpeg); err != nil {
		return nil, err
	}
	var said tail
	out := bounded{limit: maxStill}
	c := command(ctx, ffmpeg, append(readMP4(file), "-frames:v", "1",
		"-vf", fmt.Sprintf("scale=%d:%d:out_range=full:out_color_matrix=bt601,format=yuvj420p", width, height), // as JFIF wants it
		"-c:v", "mjpeg", "-q:v", "3", "-f", "image2pipe", "-")...)
	c.Stdout, c.Stderr = &out, &said
	err := explain(ctx, op, c.Run(), &said)
	if fault.KindOf(err) == fault.Internal || (err == nil && out.buffer.Len() == 0) {
		return nil, noFilm(op, fmt.Errorf("no picture: %w", err))
	}
	return out.buffer.Bytes(), err
}

// Stack is a video file whose frames are pictures of one size, both sides even.
type Stack struct {
	File          string
	Width, Height int
	// MaxFrames bounds what is decoded.
	MaxFrames int
}

// DecodeStack gives the frames of a stack as yuv420p. More than MaxFrames, or frames of another size, is fault.Invalid.
func DecodeStack(ctx context.Context, ffmpeg string, s Stack) ([][]byte, error) {
	const op = "decode stack"
	if err := Find(ffmpeg); err != nil {
		return nil, err
	}
	size := FrameSize(s.Width, s.Height)
	var said tail
	out := bounded{limit: size * (s.MaxFrames + 1)}
	c := command(ctx, ffmpeg, append(readMP4(s.File), "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")...)
	c.Stdout, c.Stderr = &out, &said
	err := explain(ctx, op, c.Run(), &said)
	if out.over {
		return nil, noFilm(op, fmt.Errorf("more than %d frames of %d×%d", s.MaxFrames, s.Width, s.Height))
	}
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return nil, noFilm(op, err)
		}
		return nil, err
	}
	raw := out.buffer.Bytes()
	if len(raw) == 0 || len(raw)%size != 0 || len(raw)/size > s.MaxFrames {
		return nil, noFilm(op, fmt.Errorf("%d bytes are not 1 to %d frames of %d×%d", len(raw), s.MaxFrames, s.Width, s.Height))
	}
	frames := make([][]byte, 0, len(raw)/size)
	for ; len(raw) > 0; raw = raw[size:] {
		frames = append(frames, raw[:size:size])
	}
	return frames, nil
}

// bounded is a buffer that refuses to grow without end.
type bounded struct {
	buffer bytes.Buffer
	limit  int
	over   bool
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if b.buffer.Len()+len(p) > b.limit {
		b.over = true
		return 0, errors.New("more frames than expected")
	}
	return b.buffer.Write(p) //nolint:wrapcheck // it never fails
}

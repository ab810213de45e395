package video

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Source is a film or picture as people have them, in any form that ffmpeg reads alone: lists of other files are none.
type Source struct {
	File string
	// MaxSide and MaxPictures bound what is read; a longer film is cut.
	MaxSide, MaxPictures int
}

// containers are the forms that are read, by ffmpeg's names.
const containers = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,gif,image2,png_pipe,jpeg_pipe,webp_pipe,bmp_pipe"

// Read gives each picture to take, at FrameRate a second and with even sides: 8 bits each of blue, green and red. Take must
// not keep it. It ends early with take's error. What cannot be read is fault.Invalid.
func (s Source) Read(ctx context.Context, ffmpeg string, take func(n, width, height int, picture []byte) error) error {
	const op = "read film"
	if err := Find(ffmpeg); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var said tail
	c := command(ctx, ffmpeg, "-protocol_whitelist", "file", "-format_whitelist", containers, "-i", s.File, "-an", "-frames:v", strconv.Itoa(s.MaxPictures),
		"-vf", fmt.Sprintf("fps=%d,crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0,scale=flags=accurate_rnd+full_chroma_int,format=rgb24", FrameRate),
		"-c:v", "ppm", "-f", "image2pipe", "-")
	c.Stderr = &said
	stdout, err := c.StdoutPipe()
	if err != nil {
		return fmt.Errorf("%s: open pipe: %w", op, err)
	}
	if err := c.Start(); err != nil {
		return explain(ctx, op, err, &said)
	}
	pictures, taken := s.drain(bufio.NewReaderSize(stdout, pieceSize), take)
	if taken != nil {
		cancel()
		_ = c.Wait()
		return taken
	}
	err = explain(ctx, op, c.Wait(), &said)
	if fault.KindOf(err) == fault.Internal || (err == nil && pictures == 0) {
		return fault.New(fault.Invalid, op, "영상이나 사진을 읽을 수 없습니다", fmt.Errorf("no picture: %w", err))
	}
	return err
}

// drain reads PPM pictures to the end.
func (s Source) drain(in io.Reader, take func(n, width, height int, picture []byte) error) (n int, err error) {
	var picture []byte
	for ; ; n++ {
		var width, height, most int
		_, err := fmt.Fscanf(in, "P6\n%d %d\n%d\n", &width, &height, &most)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return n, nil // ffmpeg says why, if it is too early
		}
		if err != nil || most != 255 {
			return n, fault.New(fault.Internal, "read film", "", fmt.Errorf("a picture has no head: %w", err))
		}
		if width < 16 || height < 16 || max(width, height) > s.MaxSide {
			return n, fault.New(fault.Invalid, "read film", fmt.Sprintf("영상의 크기는 16에서 %d 화소까지입니다", s.MaxSide), fmt.Errorf("it is %d×%d", width, height))
		}
		if len(picture) != 3*width*height {
			picture = make([]byte, 3*width*height)
		}
		if _, err := io.ReadFull(in, picture); err != nil {
			return n, nil //nolint:nilerr // as above
		}
		for i := 0; i < len(picture); i += 3 {
			picture[i], picture[i+2] = picture[i+2], picture[i]
		}
		if err := take(n, width, height, picture); err != nil {
			return n, err
		}
	}
}

package plugintest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/speech"
)

// framesPerSecond of every video.
const framesPerSecond = 25

func lipsyncCases() []Case {
	needsAvatar := func(s Subject) string {
		if s.Avatar == "" {
			return "no avatar was given"
		}
		return ""
	}
	cases := []Case{
		{Name: "renders", Why: "no face, no interview", Run: withFace(renders)},
		{Name: "takes any sample rate", Why: "engines speak at 8 to 48 kHz", Run: withFace(sampleRates)},
		{Name: "takes hardly any speech", Why: "an answer can be one syllable", Run: withFace(shortSpeech)},
		{Name: "refuses an unknown avatar", Why: "packs are deleted while the host runs", Run: withFace(unknownAvatar)},
		{Name: "stops when its client leaves", Why: "a place in the queue must become free", Run: stopsRendering},
		{Name: "renders for several at once", Why: "the host runs calls together", Run: withFace(rendersTogether)},
	}
	for i := range cases {
		cases[i].Needs = needsAvatar
	}
	return cases
}

func withFace(run func(context.Context, Subject, lipsync.Renderer) error) func(context.Context, Subject) error {
	return func(ctx context.Context, s Subject) error {
		return withInstance(ctx, s, func(in *instance) error { return run(ctx, s, lipsync.NewClient(in.conn)) })
	}
}

// hum is speech without words: a tone in syllables, in chunks of a tenth of a second.
type hum struct {
	rate, left, said int
	chunks           int
}

func newHum(rate int, seconds float64) *hum {
	return &hum{rate: rate, left: int(seconds * float64(rate))}
}

// Next implements lipsync.Speech.
func (h *hum) Next(ctx context.Context) (speech.Chunk, error) {
	if err := ctx.Err(); err != nil {
		return speech.Chunk{}, fmt.Errorf("hum: %w", err)
	}
	if h.left == 0 {
		return speech.Chunk{}, io.EOF
	}
	n := min(h.left, h.rate/10)
	pcm := make([]int16, n)
	for i := range pcm {
		at := float64(h.said+i) / float64(h.rate)
		syllable := 0.5 - 0.5*math.Cos(2*math.Pi*4*at)
		pcm[i] = int16(8000 * syllable * math.Sin(2*math.Pi*180*at))
	}
	h.left -= n
	h.said += n
	h.chunks++
	return speech.Chunk{PCM: pcm}, nil
}

// screen keeps a video.
type screen struct {
	file       bytes.Buffer
	last       lipsync.Progress
	onFragment func()
}

// Fragment implements lipsync.Sink.
func (s *screen) Fragment(data []byte) error {
	s.file.Write(data)
	if s.onFragment != nil {
		s.onFragment()
	}
	return nil
}

// Progress implements lipsync.Sink.
func (s *screen) Progress(p lipsync.Progress) error {
	if p.Frames < s.last.Frames {
		return fmt.Errorf("progress fell from %d to %d frames", s.last.Frames, p.Frames)
	}
	s.last = p
	return nil
}

func request(s Subject, rate int) lipsync.Request {
	return lipsync.Request{Avatar: s.Avatar, Width: 640, Height: 360, FrameSkip: 1, Format: speech.Format{SampleRate: rate}}
}

func render(ctx context.Context, s Subject, face lipsync.Renderer, rate int, seconds float64) error {
	var out screen
	if err := face.Render(ctx, request(s, rate), newHum(rate, seconds), &out); err != nil {
		return fmt.Errorf("render %v s at %d Hz: %w", seconds, rate, err)
	}
	file := out.file.Bytes()
	moov, moof := bytes.Index(file, []byte("moov")), bytes.Index(file, []byte("moof"))
	if len(file) < 12 || string(file[4:8]) != "ftyp" || moov < 0 || moof < moov {
		return fmt.Errorf("%d bytes are no fragmented MP4", len(file))
	}
	want := math.Ceil(seconds * framesPerSecond)
	if math.Abs(float64(out.last.Frames)-want) > 1 || out.last.Total != out.last.Frames {
		return fmt.Errorf("%v s made %d of %d frames, not %v", seconds, out.last.Frames, out.last.Total, want)
	}
	return nil
}

func renders(ctx context.Context, s Subject, face lipsync.Renderer) error {
	return render(ctx, s, face, 22050, 2.02)
}

func sampleRates(ctx context.Context, s Subject, face lipsync.Renderer) error {
	var errs []error
	for _, rate := range []int{8000, 16000, 24000, 44100, 48000} {
		errs = append(errs, render(ctx, s, face, rate, 0.5))
	}
	return errors.Join(errs...)
}

func shortSpeech(ctx context.Context, s Subject, face lipsync.Renderer) error {
	if err := render(ctx, s, face, 22050, 0.05); err != nil {
		return err
	}
	err := face.Render(ctx, request(s, 22050), newHum(22050, 0), &screen{})
	if err != nil && fault.KindOf(err) != fault.Invalid {
		return fmt.Errorf("no speech at all ended as %q: %w", fault.KindOf(err), err)
	}
	return nil
}

func unknownAvatar(ctx context.Context, s Subject, face lipsync.Renderer) error {
	req := request(s, 22050)
	req.Avatar += "-that-is-not-there"
	err := face.Render(ctx, req, newHum(22050, 0.2), &screen{})
	if kind := fault.KindOf(err); kind != fault.NotFound && kind != fault.Invalid {
		return fmt.Errorf("an unknown avatar ended as %q: %w", kind, err)
	}
	return nil
}

func stopsRendering(ctx context.Context, s Subject) error {
	return withInstance(ctx, s, func(in *instance) error {
		return leaves(ctx, in, func(ctx context.Context, begun func()) error {
			return lipsync.NewClient(in.conn).Render(ctx, request(s, 22050), newHum(22050, 120), &screen{onFragment: begun})
		})
	})
}

func rendersTogether(ctx context.Context, s Subject, face lipsync.Renderer) error {
	return together(3, func(int) error { return render(ctx, s, face, 22050, 1) })
}

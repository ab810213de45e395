package generation

import (
	"context"
	"fmt"
	"sync"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sync/errgroup"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/speech"
)

// progressStep is the least rise of the percentage that is told.
const progressStep = 5

// take is one video in the making: it hears the voice as a tts.Sink and collects
// what the face engine sends as a lipsync.Sink.
type take struct {
	scene scene
	// start runs the renderer beside the voice.
	start  func(render func(ctx context.Context) error)
	speech *speechBuffer
	// reel holds the fragments in the order they came, draft the finished file.
	reel, draft Draft
	allowance   allowance
	logger      hclog.Logger

	mu        sync.Mutex // orders the events of voice and face
	emit      Emit
	rendering bool // the lipsync stage was told
	percent   int
}

func (p *Pipeline) newTake(s scene, emit Emit) (*take, error) {
	reel, err := p.Artefacts.Create(Video)
	if err != nil {
		return nil, internal("create video file", err)
	}
	draft, err := p.Artefacts.Create(Video)
	if err != nil {
		reel.Discard()
		return nil, internal("create video file", err)
	}
	return &take{
		scene: s, speech: newSpeechBuffer(), reel: reel, draft: draft, emit: emit, logger: p.Logger,
		allowance: allowance{pixels: int64(s.face.Width) * int64(s.face.Height)},
	}, nil
}

// runIn makes the take's renderer a part of the group.
func (t *take) runIn(ctx context.Context, group *errgroup.Group) {
	t.start = func(render func(ctx context.Context) error) {
		group.Go(func() error { return render(ctx) })
	}
}

// Start implements tts.Sink: with the format known, the face can begin.
func (t *take) Start(format speech.Format) error {
	request := lipsync.Request{
		Avatar: t.scene.face.Pack, Width: t.scene.face.Width, Height: t.scene.face.Height,
		FrameSkip: t.scene.skip, Format: format,
	}
	t.allowance.rate = int64(format.SampleRate)
	t.start(func(ctx context.Context) error {
		err := t.scene.renderer.Render(ctx, request, t.speech, t)
		if fault.KindOf(err) == fault.Invalid {
			// The request was checked before: it is the pack that is wrong, which whoever runs the host has to know.
			t.logger.Warn("face engine refused an avatar", "avatar", request.Avatar, "error", err)
		}
		return err //nolint:wrapcheck // a fault already
	})
	return nil
}

// Chunk implements tts.Sink.
func (t *take) Chunk(chunk speech.Chunk) error {
	t.allowance.hear(len(chunk.PCM))
	t.speech.put(chunk)
	return nil
}

// spoken ends the speech and tells that the face is what is waited for.
func (t *take) spoken(sound SpeechResult) error {
	t.speech.end()
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.emit(Status{
		Type: "status", Stage: StageTTSDone, Message: fmt.Sprintf("TTS 완료 (%.1f초)", float64(sound.Duration)),
		AudioURL: sound.AudioURL, Duration: sound.Duration, Elapsed: &sound.Elapsed,
	})
	if err != nil {
		return err
	}
	t.rendering = true
	return t.emit(Status{Type: "status", Stage: StageLipsync, Message: "립싱크 비디오 생성 중..."})
}

// Fragment implements lipsync.Sink.
func (t *take) Fragment(data []byte) error {
	if err := t.allowance.fragment(len(data)); err != nil {
		return err
	}
	if _, err := t.reel.Write(data); err != nil {
		return internal("write video file", err)
	}
	return nil
}

// Progress implements lipsync.Sink.
func (t *take) Progress(p lipsync.Progress) error {
	if err := t.allowance.progress(p); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.rendering || p.Total <= 0 {
		return nil
	}
	percent := min(100, 100*p.Frames/p.Total)
	if percent < t.percent+progressStep {
		return nil
	}
	t.percent = percent
	return t.emit(Progress{
		Type: "progress", Progress: percent, Message: fmt.Sprintf("프레임 처리 중... (%d/%d)", p.Frames, p.Total),
	})
}

// publish turns the fragments into the finished file. What does not fit together is most likely the engine's: its function is named.
func (t *take) publish(ctx context.Context, muxer Muxer, function string) (Artefact, error) {
	if t.allowance.bytes == 0 {
		return Artefact{}, fault.New(fault.Internal, "finish video file", "", fmt.Errorf("function %s gave no film and no error", function))
	}
	if err := muxer.Remux(ctx, t.reel.Name(), t.draft.Name()); err != nil {
		return Artefact{}, internal("finish video file", fmt.Errorf("film of function %s: %w", function, err))
	}
	artefact, err := t.draft.Publish()
	if err != nil {
		return Artefact{}, internal("publish video file", err)
	}
	return artefact, nil
}

func (t *take) discard() {
	t.reel.Discard()
	t.draft.Discard()
}

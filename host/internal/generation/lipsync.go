package generation

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
)

// PrepareLipsync finds voice and face and gives the work to be done.
func (p *Pipeline) PrepareLipsync(ctx context.Context, req LipsyncRequest) (QueuedRun[VideoResult], error) {
	if err := checkReadable(req.Speech.Text); err != nil {
		return nil, err
	}
	scene, err := p.scene(ctx, req.Speech, req.Face)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, turn Turn, emit Emit) (VideoResult, error) {
		if err := wait(ctx, turn, emit); err != nil {
			return VideoResult{}, err
		}
		result, err := p.film(ctx, scene, req.Speech.Text, emit)
		if err != nil {
			return VideoResult{}, err
		}
		return result, emit(LipsyncDone{
			Type: "done", Text: result.Text, VideoURL: result.VideoURL, AudioURL: result.Speech.AudioURL,
			AudioDuration: result.Speech.Duration, Elapsed: result.Elapsed,
		})
	}, nil
}

// PrepareChatLipsync finds backend, voice and face and gives the work to be done.
// The answer is written while the generation waits for its turn.
func (p *Pipeline) PrepareChatLipsync(ctx context.Context, req ChatLipsyncRequest) (QueuedRun[ChatVideoResult], error) {
	if err := p.anyBackend(); err != nil {
		return nil, err
	}
	scene, err := p.scene(ctx, req.Speech, req.Face)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, turn Turn, emit Emit) (ChatVideoResult, error) {
		return p.answerOnFilm(ctx, req.Chat, scene, turn, emit)
	}, nil
}

func (p *Pipeline) answerOnFilm(
	ctx context.Context, asked ChatRequest, scene scene, turn Turn, emit Emit,
) (ChatVideoResult, error) {
	started := time.Now()
	if err := emit(Status{Type: "status", Stage: StageLLM, Message: "LLM 응답 생성 중..."}); err != nil {
		return ChatVideoResult{}, err
	}
	chat, err := p.chat(ctx, asked, emit)
	if err != nil {
		return ChatVideoResult{}, err
	}
	done := LLMDone{Type: "llm_done", Response: chat.Response, LLMSource: chat.LLMSource, Elapsed: chat.Elapsed}
	if err := emit(done); err != nil {
		return ChatVideoResult{}, err
	}
	if err := wait(ctx, turn, emit); err != nil {
		return ChatVideoResult{}, err
	}
	video, err := p.film(ctx, scene, chat.Response, emit)
	if err != nil {
		return ChatVideoResult{}, err
	}
	elapsed := ChatLipsyncElapsed{
		LLM: chat.Elapsed, TTS: video.Elapsed.TTS, Lipsync: video.Elapsed.Lipsync, Total: SecondsOf(time.Since(started)),
	}
	return ChatVideoResult{Chat: chat, Video: video, Elapsed: elapsed}, emit(ChatLipsyncDone{
		Type: "done", Response: chat.Response, LLMSource: chat.LLMSource, LLMParams: chat.LLMParams,
		VideoURL: video.VideoURL, AudioURL: video.Speech.AudioURL,
		AudioDuration: video.Speech.Duration, Elapsed: elapsed,
	})
}

func wait(ctx context.Context, turn Turn, emit Emit) error {
	var told error
	err := turn.Wait(ctx, func(position int, estimate time.Duration) {
		if told == nil {
			told = emit(Queued{Type: "queue", Position: position, EstimatedWait: SecondsOf(estimate)})
		}
	})
	if err == nil {
		err = told
	}
	return internal("wait in queue", err)
}

// scene is all that a video needs besides its text.
type scene struct {
	voice    voice
	speech   SpeechRequest
	face     Face
	skip     int
	renderer lipsync.Renderer
}

func (p *Pipeline) scene(ctx context.Context, speech SpeechRequest, face FaceRequest) (scene, error) {
	resolved, err := p.Avatars.Resolve(ctx, face)
	if err != nil {
		return scene{}, internal("find avatar", err)
	}
	voice, err := p.synthesizer(speech.Engine)
	if err != nil {
		return scene{}, err
	}
	if err := p.Muxer.Ready(); err != nil {
		return scene{}, internal("find muxer", err)
	}
	renderer, err := p.Engines.Renderer(p.Lipsync)
	if err == nil {
		err = p.Engines.Available(p.Lipsync)
	}
	if err != nil {
		return scene{}, notLoaded(err)
	}
	return scene{voice: voice, speech: speech, face: resolved, skip: face.FrameSkip, renderer: renderer}, nil
}

// notLoaded says it in the document's words, with the reason.
func notLoaded(err error) error {
	hint := "립싱크 엔진이 로드되지 않았습니다"
	if reason := fault.HintOf(err); reason != "" {
		hint += ": " + reason
	}
	return fault.New(fault.Unavailable, "find lipsync engine", hint, err)
}

// film speaks a text and renders the face while the voice is still being made.
func (p *Pipeline) film(ctx context.Context, s scene, text string, emit Emit) (VideoResult, error) {
	started := time.Now()
	take, err := p.newTake(s, emit)
	if err != nil {
		return VideoResult{}, err
	}
	defer take.discard()
	if err := emit(Status{Type: "status", Stage: StageTTS, Message: "TTS 음성 생성 중..."}); err != nil {
		return VideoResult{}, err
	}
	s.speech.Text = text
	parent := ctx
	group, ctx := errgroup.WithContext(parent)
	take.runIn(ctx, group)
	var sound SpeechResult
	var spoken time.Time
	group.Go(func() error {
		var err error
		if sound, err = p.speak(ctx, s.voice, s.speech, take); err != nil {
			return err
		}
		spoken = time.Now()
		return take.spoken(sound)
	})
	if err := group.Wait(); err != nil {
		return VideoResult{}, internal("film speech", err)
	}
	artefact, err := take.publish(parent, p.Muxer, p.Lipsync)
	if err != nil {
		return VideoResult{}, err
	}
	return VideoResult{
		Text: text, VideoPath: artefact.Path, VideoURL: artefact.URL, Speech: sound,
		Elapsed: LipsyncElapsed{
			TTS: sound.Elapsed, Lipsync: SecondsOf(time.Since(spoken)), Total: SecondsOf(time.Since(started)),
		},
	}, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/host/internal/access"
	"github.com/visavis-dev/visavis/host/internal/api"
	"github.com/visavis-dev/visavis/host/internal/avatars"
	"github.com/visavis-dev/visavis/host/internal/claim"
	"github.com/visavis-dev/visavis/host/internal/config"
	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/interview"
	"github.com/visavis-dev/visavis/host/internal/interview/meaning"
	"github.com/visavis-dev/visavis/host/internal/media"
	"github.com/visavis-dev/visavis/host/internal/process"
	"github.com/visavis-dev/visavis/host/internal/queue"
	"github.com/visavis-dev/visavis/host/internal/socketio"
	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/video"
)

// maxSpeech bounds one speech: 5,000 characters take some fifteen minutes.
const maxSpeech = 30 * time.Minute

// host is everything that runs, wired together.
type host struct {
	logger    hclog.Logger
	config    *config.Config
	data      *claim.Claim
	temp      string
	warden    *process.Warden
	functions *functions.Host
	store     *media.Store
	interview *interview.Interview
	avatars   *avatars.Shelf
	muxer     muxer
	roster    *roster
	pipeline  *current
	door      *access.Door
	sockets   *socketio.Gateway
	handler   http.Handler
	// tasks end by themselves.
	tasks sync.WaitGroup
}

func build(ctx context.Context, c *config.Config, address net.Addr, logger hclog.Logger) (h *host, err error) {
	h = &host{logger: logger, config: c, door: &access.Door{}, muxer: muxer{ffmpeg: findFFmpeg(c)}}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if err := h.muxer.Ready(); err != nil {
		logger.Error("ffmpeg is missing: no video can be made until FFMPEG names one or `make natives` fetched it", "error", err)
	}
	if h.data, err = claimData(c, logger); err != nil {
		return h, err
	}
	if h.store, err = media.Open(media.Options{
		Dir: c.DataDir, PublicBaseURL: c.PublicBaseURL, Keep: c.KeepFiles, KeepBytes: c.KeepBytes, Logger: logger,
	}); err != nil {
		return h, fmt.Errorf("open data folder: %w", c.Wrong("data_dir", err))
	}
	if h.interview, err = interview.Open(ctx, interview.Options{
		Dir: filepath.Join(c.DataDir, "interview"), KeepFiles: c.KeepFiles, Logger: logger.Named("interview"),
		Embedder: embedder(c),
	}); err != nil {
		return h, fmt.Errorf("prepare interview: %w", c.Wrong("data_dir", err))
	}
	h.tasks.Go(h.interview.Warm)
	h.avatars = avatars.New(c.AvatarRoots, h.muxer.ffmpeg, h.packFormats, logger)
	if err := h.startFunctions(ctx); err != nil {
		return h, err
	}
	h.pipeline = &current{}
	h.roster = newRoster(h, c)
	if len(h.avatars.List()) == 0 {
		logger.Error("there is no avatar: no video can be made until AVATAR_ROOTS names folders that hold packs", "roots", c.AvatarRoots)
	}
	h.pipeline.set(h.pipelineOf(c))
	pages := origins(c)
	names := access.NewNames(names(c, address), pages, logger)
	line, keys := queue.New(queue.Options{MaxConcurrent: c.MaxConcurrent, MaxQueued: c.MaxQueued}), access.NewKeys(c.APIKeys)
	h.sockets = socketio.New(socketio.Options{
		Generator: h.pipeline, Ledger: h.interview, Queue: line, FacesReady: h.roster.FacesReady, Logger: logger,
		Keys: keys, Origins: pages, Names: names, Door: h.door,
	})
	h.handler = h.sockets.Beside(api.New(api.Options{
		Generator: h.pipeline, Roster: h.roster, Previews: h.avatars, Interview: h.interview, Reporter: h.reporter(), Files: h.store, Logger: logger, Version: version,
		Queue: line, Keys: keys, Origins: pages, Names: names, Door: h.door,
	}))
	return h, nil
}

func (h *host) startFunctions(ctx context.Context) error {
	c := h.config
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find own program: %w", err)
	}
	if h.warden, err = process.StartWarden(self, wardenCommand); err != nil {
		return fmt.Errorf("start warden: %w", err)
	}
	// A short path: sockets lie below it.
	if h.temp, err = os.MkdirTemp("", "visavis"); err != nil {
		return fmt.Errorf("make folder for plugins: %w", err)
	}
	h.warden.Own(h.temp)
	h.functions, err = functions.Open(ctx, functions.Options{
		PluginDirs: c.PluginDirs, AllowUnsealed: c.AllowUnsealed, Logger: h.logger,
		Launcher: &functions.ProcessLauncher{
			Env: plugin.Env{
				FFmpeg: h.muxer.ffmpeg, NativesDir: absolute(c.NativesDir), AvatarRoots: absolutes(c.AvatarRoots),
			},
			TempDir: h.temp, Logger: h.logger, Warden: h.warden,
		},
	}, deployment(c))
	if err != nil {
		return fmt.Errorf("deploy: %w", explain(c, err))
	}
	if err := h.functions.Watch(); err != nil {
		h.logger.Warn("plugins are not watched: SIGHUP reads them again", "error", err)
	}
	return nil
}

// close ends what build began, in the reverse order.
func (h *host) close() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // whatever runs has had its time
	if h.sockets != nil {
		_ = h.sockets.Drain(ctx, 0) // it was drained, or nothing was served
	}
	if h.functions != nil {
		h.functions.Close(ctx)
	}
	if h.store != nil {
		h.store.Close()
	}
	h.tasks.Wait()
	if h.interview != nil {
		if err := h.interview.Close(); err != nil {
			h.logger.Warn("close interviews", "error", err)
		}
	}
	if err := h.warden.Close(); err != nil {
		h.logger.Warn("close warden", "error", err)
	}
	if h.temp != "" {
		_ = os.RemoveAll(h.temp)
	}
	h.data.Close()
}

// claimData keeps other hosts out of the data folder: each would take the other's unfinished work for its own remains.
func claimData(c *config.Config, logger hclog.Logger) (*claim.Claim, error) {
	data, err := claim.Folder(c.DataDir)
	switch {
	case errors.Is(err, claim.ErrTaken):
		return nil, c.Wrong("data_dir", fmt.Errorf("the data folder %s is in use by another visavis: choose another one with DATA_DIR", c.DataDir)) //nolint:wrapcheck // it says where
	case errors.Is(err, errors.ErrUnsupported):
		logger.Warn("the data folder cannot be locked here: see to it that one visavis alone uses it", "folder", c.DataDir, "error", err)
		return nil, nil //nolint:nilnil // no claim is a good one here
	case err != nil:
		return nil, fmt.Errorf("open data folder: %w", c.Wrong("data_dir", err))
	}
	return data, nil
}

func deployment(c *config.Config) functions.Deployment {
	var d functions.Deployment
	for _, f := range c.Deployment.Functions {
		d = append(d, functions.Function{
			ID: f.ID, Kind: manifest.Kind(f.Kind), Plugin: f.Plugin, Label: f.Label, Settings: f.Settings, Missing: f.Missing,
			Scale: functions.Scale{
				Min: f.Scale.Min, Max: f.Scale.Max, Concurrency: f.Scale.Concurrency, Waiting: f.Scale.Waiting,
				Idle: f.Scale.Idle, Start: f.Scale.Start, Drain: f.Scale.Drain, Stall: f.Scale.Stall,
			},
			MemoryMB: f.Limits.MemoryMB, OpenFiles: f.Limits.OpenFiles,
		})
	}
	return d
}

// explain tells where the entry stands that makes a deployment wrong.
func explain(c *config.Config, err error) error {
	wrong, is := errors.AsType[*functions.WrongError](err)
	if !is {
		return err
	}
	for _, f := range c.Deployment.Functions {
		if f.ID == wrong.Function {
			return f.Wrong(err) //nolint:wrapcheck // it says where
		}
	}
	return err
}

func (h *host) pipelineOf(c *config.Config) *generation.Pipeline {
	var backends []generation.Backend
	for _, id := range c.Chat {
		backends = append(backends, generation.Backend{Function: id, Label: h.roster.label(c, id), Retrieves: c.Retrieves(id)})
	}
	return generation.New(generation.Options{
		Engines: h.functions, Interview: h.interview, Avatars: h.avatars, Artefacts: h.store, Muxer: h.muxer, Logger: h.logger,
		Backends: backends, Voices: c.Voices(), Lipsync: c.DefaultLipsync,
		MaxTokens: c.MaxTokens, Temperature: c.Temperature, MaxSpeech: maxSpeech,
	})
}

// current is the pipeline of the deployment as it is now; generations keep the one they began with.
type current struct {
	pipeline atomic.Pointer[generation.Pipeline]
}

func (c *current) set(p *generation.Pipeline) { c.pipeline.Store(p) }

// resting tells whether a language backend could not serve just now.
func (c *current) resting(function string) bool { return c.pipeline.Load().Resting(function) }

// PrepareChat implements api.Generator.
func (c *current) PrepareChat(ctx context.Context, req generation.ChatRequest) (generation.Run[generation.ChatResult], error) {
	return c.pipeline.Load().PrepareChat(ctx, req) //nolint:wrapcheck // the pipeline itself
}

// PrepareSpeech implements api.Generator.
func (c *current) PrepareSpeech(ctx context.Context, req generation.SpeechRequest) (generation.Run[generation.SpeechResult], error) {
	return c.pipeline.Load().PrepareSpeech(ctx, req) //nolint:wrapcheck // the pipeline itself
}

// PrepareLipsync implements api.Generator.
func (c *current) PrepareLipsync(ctx context.Context, req generation.LipsyncRequest) (generation.QueuedRun[generation.VideoResult], error) {
	return c.pipeline.Load().PrepareLipsync(ctx, req) //nolint:wrapcheck // the pipeline itself
}

// PrepareChatLipsync implements api.Generator.
func (c *current) PrepareChatLipsync(ctx context.Context, req generation.ChatLipsyncRequest) (generation.QueuedRun[generation.ChatVideoResult], error) {
	return c.pipeline.Load().PrepareChatLipsync(ctx, req) //nolint:wrapcheck // the pipeline itself
}

// muxer finishes videos with ffmpeg.
type muxer struct {
	ffmpeg string
}

// Ready implements generation.Muxer.
func (m muxer) Ready() error { return video.Find(m.ffmpeg) } //nolint:wrapcheck // a fault already

// Remux implements generation.Muxer.
func (m muxer) Remux(ctx context.Context, fragments, whole string) error {
	return video.Remux(ctx, m.ffmpeg, fragments, whole) //nolint:wrapcheck // a fault already
}

// findFFmpeg takes the one that is named, else the one fetched, else the one on PATH.
func findFFmpeg(c *config.Config) string {
	if c.FFmpeg != "" {
		return c.FFmpeg
	}
	fetched := absolute(filepath.Join(c.NativesDir, "bin", "ffmpeg"))
	if video.Find(fetched) == nil {
		return fetched
	}
	return lookPath("ffmpeg")
}

func embedder(c *config.Config) meaning.Embedder {
	if c.EmbeddingsURL == "" {
		return nil
	}
	return meaning.NewEndpoint(c.EmbeddingsURL, c.EmbeddingsModel, c.EmbeddingsKey)
}

package api

import (
	"context"
	"path"

	"github.com/visavis-dev/visavis/host/internal/generation"
)

// owning notes whose the files are that events tell of, so that they can be forgotten with the session.
func (s *server) owning(ctx context.Context, who session, emit generation.Emit) generation.Emit {
	return func(event generation.Event) error {
		switch e := event.(type) {
		case generation.Status:
			s.own(ctx, who, e.AudioURL)
		case generation.LipsyncDone:
			s.own(ctx, who, e.VideoURL)
		case generation.ChatLipsyncDone:
			s.own(ctx, who, e.VideoURL)
		}
		return emit(event)
	}
}

// own notes a file by its address. One that cannot be noted still expires.
func (s *server) own(ctx context.Context, who session, address string) {
	if address == "" {
		return
	}
	if err := s.Interview.Conversations.Own(context.WithoutCancel(ctx), who.sid, who.conversation, path.Base(address)); err != nil {
		s.Logger.Error("file is not noted", "error", err)
	}
}

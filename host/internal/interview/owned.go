package interview

import (
	"context"
	"path"

	"github.com/visavis-dev/visavis/host/internal/generation"
)

// Owner is the session that files are made for, and the key of its conversation.
type Owner struct {
	SID, Conversation string
}

// Owning notes whose the files are that events tell of, so that they can be forgotten with the session.
func (i *Interview) Owning(ctx context.Context, owner Owner, emit generation.Emit) generation.Emit {
	return func(event generation.Event) error {
		switch e := event.(type) {
		case generation.Status:
			i.Own(ctx, owner, e.AudioURL)
		case generation.LipsyncDone:
			i.Own(ctx, owner, e.VideoURL)
		case generation.ChatLipsyncDone:
			i.Own(ctx, owner, e.VideoURL)
		}
		return emit(event)
	}
}

// Own notes a file by its address; "" is none. One that cannot be noted still expires.
func (i *Interview) Own(ctx context.Context, owner Owner, address string) {
	if address == "" {
		return
	}
	if err := i.Conversations.Own(context.WithoutCancel(ctx), owner.SID, owner.Conversation, path.Base(address)); err != nil {
		i.logger.Error("file is not noted", "error", err)
	}
}

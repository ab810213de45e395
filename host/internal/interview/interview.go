// Package interview knows what an interview is about: its catalogue, its questions, what the interviewer is told, and the
// conversations of clients that do not keep their own. It calls no language model.
package interview

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/interview/catalogue"
	"github.com/visavis-dev/visavis/host/internal/interview/conversation"
	"github.com/visavis-dev/visavis/host/internal/interview/meaning"
	"github.com/visavis-dev/visavis/host/internal/interview/prompts"
	"github.com/visavis-dev/visavis/host/internal/interview/questions"
	"github.com/visavis-dev/visavis/host/internal/interview/retrieval"
	"github.com/visavis-dev/visavis/host/internal/interview/sets"
)

// Options of an Interview. Zero values take the defaults beside them.
type Options struct {
	// Dir is the folder for what users add and what is kept; required.
	Dir string
	// Keep is how long a conversation is kept after its last turn: 1 hour.
	Keep time.Duration
	// KeepFiles is how long is known whose a file was: 24 hours.
	KeepFiles time.Duration
	// MaxConversations bounds those that are kept; the oldest goes first: 10,000.
	MaxConversations int
	// Embedder finds questions by what they mean, beside their words; nil leaves it at words.
	Embedder meaning.Embedder
	Logger   hclog.Logger
}

// Interview is everything that the host knows of interviews. Its parts are for whoever manages them. Safe for concurrent use.
type Interview struct {
	Catalogue     *catalogue.Catalogue
	Questions     *questions.Library
	Prompts       *prompts.Book
	Conversations *conversation.Store

	index retrieval.Index
	// meaning is nil without an Embedder.
	meaning *meaning.Store
	logger  hclog.Logger
}

// Open reads what ships and what users added, and watches the latter until Close.
func Open(ctx context.Context, o Options) (i *Interview, err error) {
	if o.Logger == nil {
		o.Logger = hclog.NewNullLogger()
	}
	i = &Interview{logger: o.Logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, i.Close())
			i = nil // so that nobody closes it again
		}
	}()
	var builtIn []questions.Set
	if i.Catalogue, builtIn, err = catalogue.Load(sets.Files()); err != nil {
		return i, err //nolint:wrapcheck // it says what was done
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return i, fmt.Errorf("make folder for interviews: %w", err)
	}
	if o.Embedder != nil {
		i.meaning = meaning.Open(ctx, meaning.Options{
			Embedder: o.Embedder, File: filepath.Join(o.Dir, "vectors.gob"), Logger: o.Logger.Named("meaning"),
		})
		i.index.Meaning = i.meaning
	}
	if i.Questions, err = questions.Open(questions.Options{
		BuiltIn: builtIn, Dir: filepath.Join(o.Dir, "question-sets"), Changed: i.index.Use, Logger: o.Logger,
	}); err != nil {
		return i, err //nolint:wrapcheck // it says what was done
	}
	if i.Prompts, err = prompts.Open(filepath.Join(o.Dir, "prompts")); err != nil {
		return i, err //nolint:wrapcheck // it says what was done
	}
	i.Conversations, err = conversation.Open(ctx, conversation.Options{
		Path: filepath.Join(o.Dir, "conversations.db"), Keep: o.Keep, KeepFiles: o.KeepFiles, MaxConversations: o.MaxConversations,
	})
	return i, err //nolint:wrapcheck // it says what was done
}

// Close stops watching and closes what is kept.
func (i *Interview) Close() error {
	if i.Questions != nil {
		i.Questions.Close()
	}
	if i.meaning != nil {
		i.meaning.Close()
	}
	err := i.index.Close()
	if i.Conversations != nil {
		err = errors.Join(err, i.Conversations.Close())
	}
	return err
}

// Warm makes the questions ready to be searched, which the first search would do otherwise. It takes a moment.
func (i *Interview) Warm() {
	if err := i.index.Warm(); err != nil {
		i.logger.Error("question sets cannot be searched", "error", err)
	}
}

// KnownOrgType tells whether an organisation type is one of the document's.
func (i *Interview) KnownOrgType(name string) bool { return i.Catalogue.Known(name) }

// History implements generation.Interview.
func (i *Interview) History(ctx context.Context, key string, limit int) ([]generation.Message, error) {
	kept, err := i.Conversations.History(ctx, key, limit)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what was done
	}
	messages := make([]generation.Message, len(kept))
	for n, m := range kept {
		messages[n] = generation.Message{Role: m.Role, Content: m.Content}
	}
	return messages, nil
}

// Remember implements generation.Interview.
func (i *Interview) Remember(ctx context.Context, key string, e generation.Exchange) error {
	return i.Conversations.Remember(ctx, key, conversation.Turn(e)) //nolint:wrapcheck // it says what was done
}

var _ generation.Interview = (*Interview)(nil)

package main

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/visavis-dev/visavis/host/internal/api"
	"github.com/visavis-dev/visavis/host/internal/config"
	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// proveWithin bounds how long a look at the readiness waits for engines to start.
const proveWithin = 5 * time.Second

// Ready implements api.Roster.
func (r *roster) Ready(ctx context.Context) api.Readiness {
	c := r.config.Load()
	var problems []string
	needed := r.needed(c)
	reasons := r.prove(ctx, needed)
	able := map[string]bool{}
	all := r.Functions()
	for i := range all {
		s := &all[i]
		if reason := reasons[s.ID]; s.Ready && reason != "" {
			s.Ready, s.Problem = false, reason
		}
		able[s.Kind] = able[s.Kind] || (needed[s.ID] && s.Ready)
	}
	for _, k := range []struct{ kind, sentence string }{
		{"llm", "답변을 만들 수 있는 LLM이 없습니다"}, {"tts", "음성을 만들 수 있는 TTS 엔진이 없습니다"}, {"lipsync", "립싱크 엔진이 로드되지 않았습니다"},
	} {
		if !able[k.kind] {
			problems = append(problems, k.sentence)
		}
	}
	if len(r.avatars.List()) == 0 {
		problems = append(problems, "사용할 수 있는 아바타가 없습니다")
	}
	if err := r.files.Writable(); err != nil {
		problems = append(problems, fault.HintOf(err))
	}
	now := api.Readiness{Functions: all, Problems: problems}
	if refused := r.refused.Load(); refused != nil {
		now.ReloadProblem = *refused
	}
	return now
}

// needed are the functions that a request goes to which names none.
func (r *roster) needed(c *config.Config) map[string]bool {
	needed := map[string]bool{c.DefaultLipsync: true}
	for _, id := range c.Chat {
		needed[id] = true
	}
	states := r.states()
	for _, id := range c.Voices() {
		if states[id].Problem == "" {
			needed[id] = true
			break
		}
	}
	return needed
}

// prove starts the functions that have not shown yet that they can, or failed since, and tells why one cannot.
func (r *roster) prove(ctx context.Context, needed map[string]bool) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, proveWithin)
	defer cancel()
	var group sync.WaitGroup
	var mu sync.Mutex
	reasons := map[string]string{}
	for id, s := range r.states() {
		if !needed[id] || s.Problem != "" || (s.Starts > 0 && s.State != functions.Failed) {
			continue
		}
		group.Go(func() {
			if err := r.functions.Prove(ctx, id); err != nil {
				mu.Lock()
				defer mu.Unlock()
				reasons[id] = cmp.Or(fault.HintOf(err), "아직 시작하는 중입니다")
			}
		})
	}
	group.Wait()
	return reasons
}

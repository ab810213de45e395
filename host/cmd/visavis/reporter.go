package main

import (
	"github.com/visavis-dev/visavis/host/internal/interview/report"
	"github.com/visavis-dev/visavis/sdk/manifest"
)

// reporter writes reports with the backends of the deployment as it is then.
func (h *host) reporter() *report.Writer {
	return report.New(report.Options{Backends: h.judges, Competency: h.interview.Competency, Logger: h.logger.Named("report")})
}

// judges are the language backends that can serve and answer by a schema, in the order of the chain, those that rest last.
func (h *host) judges() []report.Backend {
	c := h.roster.config.Load()
	states := h.roster.states()
	var all, resting []report.Backend
	for _, id := range c.Chat {
		s, known := states[id]
		if !known || s.Problem != "" || s.Manifest == nil || s.Kind != manifest.LLM || !s.Manifest.LLM.JSONSchema {
			continue
		}
		model, err := h.functions.Model(id)
		if err != nil {
			continue // it went away just now
		}
		judge := report.Backend{Label: h.roster.label(c, id), Model: model}
		if h.pipeline.resting(id) {
			resting = append(resting, judge)
			continue
		}
		all = append(all, judge)
	}
	return append(all, resting...)
}

// Package curve makes the movement of a face out of timed sounds, with coarticulation. It knows neither pictures nor
// where the sounds come from.
package curve

import (
	"math"
	"sort"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/viseme"
	"github.com/visavis-dev/visavis/sdk/face"
)

// segment is a sound in time, in seconds.
type segment struct {
	from, to float64
	target   viseme.Target
}

// Track collects the sounds of a speech in the order of their beginnings and gives the face at any time for which
// the sounds up to the movement's lookahead later are known. What it gives does not depend on how many more are.
type Track struct {
	movement viseme.Movement
	rest     viseme.Target
	segments []segment
}

// New makes an empty track that moves as a table says.
func New(table *viseme.Table) *Track { return &Track{movement: table.Movement, rest: table.Rest} }

// Longest bounds a sound that does not say when it ends, in seconds: if none follows, the mouth must not stay as it is.
const Longest = 0.35

// Add appends a sound; to is its end, or at most from when it lasts until the next, but not longer than Longest.
func (t *Track) Add(from, to float64, target viseme.Target) {
	if to <= from {
		to = math.Max(0, from) + Longest
	}
	from = math.Max(0, from)
	if n := len(t.segments); n > 0 {
		last := &t.segments[n-1]
		from = math.Max(from, last.from) // marks out of order would spoil the search
		last.to = math.Min(last.to, from)
	}
	t.segments = append(t.segments, segment{from: from, to: math.Max(from, to), target: target})
}

// At gives the face at a time.
func (t *Track) At(now float64) face.Coefficients {
	m := &t.movement
	horizon := now + m.Lookahead
	first := sort.Search(len(t.segments), func(i int) bool { return t.end(i, horizon) >= now-m.Reach })
	mean, wide := blend{movement: m}, 1.0
	rests := func(from, to float64) { // what no sound claims is a pause
		if to-from >= m.ShortPause && to >= now-m.Reach {
			mean.add(now, segment{from, to, t.rest}, 1)
		}
	}
	spoken := math.Inf(-1)
	if first > 0 {
		spoken = t.end(first-1, horizon)
	}
	for i := first; i < len(t.segments) && t.segments[i].from < horizon; i++ {
		s := t.segments[i]
		s.to = t.end(i, horizon)
		rests(spoken, s.from)
		spoken = s.to
		weight := 1.0
		if s.target.Pause && s.to-s.from < m.ShortPause {
			weight = m.ShortPauseWeight
		}
		mean.add(now, s, weight)
		if s.target.Face[face.MouthClose] > 0 {
			wide = math.Min(wide, 1-m.Narrow*t.narrow(now, i, horizon))
		}
	}
	rests(spoken, horizon)
	given := mean.face()
	for _, c := range []face.Coefficient{face.JawOpen, face.MouthLowerDown, face.MouthUpperUp} {
		given[c] *= wide
	}
	return given
}

// end is where a sound ends as far as can be seen from before horizon.
func (t *Track) end(i int, horizon float64) float64 {
	return math.Max(t.segments[i].from, math.Min(t.segments[i].to, horizon))
}

// blend is the mean of what sounds want, by their influence and insistence, and the strongest of closures.
type blend struct {
	movement *viseme.Movement
	sum      face.Coefficients
	weight   [viseme.Groups]float64
}

func (b *blend) add(now float64, s segment, share float64) {
	for g, fade := range b.movement.Fades {
		weight := share * s.target.Insist[g] * influence(now, s.from, s.to, fade)
		b.weight[g] += weight
		for _, c := range fade.Coefficients {
			b.sum[c] += weight * s.target.Face[c]
		}
	}
	for _, c := range b.movement.Closures {
		if wanted := s.target.Face[c.Coefficient]; wanted > 0 {
			b.sum[c.Coefficient] = math.Max(b.sum[c.Coefficient], wanted*shut(now, s.from, s.to, c))
		}
	}
}

// face leans to rest when nothing insists.
func (b *blend) face() face.Coefficients {
	given := b.sum
	for g, fade := range b.movement.Fades {
		for _, c := range fade.Coefficients {
			given[c] /= b.weight[g] + b.movement.Indifference
		}
	}
	return given
}

// narrow is 1 while lips are together for a sound and falls to 0 away from it.
func (t *Track) narrow(now float64, i int, horizon float64) float64 {
	from, to := t.segments[i].from, t.end(i, horizon)
	distance, within := from-now, t.movement.NarrowBefore
	if i > 0 {
		within = math.Min(within, (from-t.segments[i-1].from)/2)
	}
	if now > to {
		distance, within = now-to, t.movement.NarrowAfter
		if i+1 < len(t.segments) && t.segments[i+1].from < horizon {
			within = math.Min(within, (t.end(i+1, horizon)-to)/2)
		}
	}
	return math.Max(0, math.Min(1, 1-distance/math.Max(within, 0.01)))
}

// influence is 1 inside a sound's time and fades outside.
func influence(now, from, to float64, fade viseme.Fade) float64 {
	switch {
	case now < from:
		return math.Exp(-math.Pow((from-now)/fade.Before, fade.Power))
	case now > to:
		return math.Exp(-math.Pow((now-to)/fade.After, fade.Power))
	}
	return 1
}

// shut is 1 while lips must be together and falls to 0 on both sides.
func shut(now, from, to float64, c viseme.Closure) float64 {
	middle := (from + to) / 2
	half := math.Max((to-from)/2-c.Trim, c.Hold/2)
	away := math.Abs(now-middle) - half
	ramp := c.Rise
	if now > middle {
		ramp = c.Fall
	}
	return math.Max(0, math.Min(1, 1-away/ramp))
}

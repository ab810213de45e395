// Package curve makes the movement of a mouth out of timed sounds, with coarticulation. It knows neither pictures nor
// where the sounds come from.
package curve

import (
	"math"
	"sort"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/viseme"
)

// Pose is a mouth at a moment; the fields are those of viseme.Target.
type Pose struct {
	Open, Shape, Press, Bite, Tongue float64
}

// Lookahead is how far into the future a pose depends on sounds, in seconds.
const Lookahead = 0.18

const (
	// before and after are how fast a sound's influence fades outside its time, in seconds: the mouth prepares a
	// sound a little later than it leaves the last one.
	before = 0.032
	after  = 0.040
	// closure is how long lips stay shut at least, and ramp how long they take to meet and to part. At 25 frames a
	// second one frame lies in any 40 ms.
	closure = 0.042
	ramp    = 0.045
	// A wide mouth does not snap shut: it narrows by narrowing within approach before a closure, and widens within
	// depart after it, or within half of the neighbour's time when that is shorter.
	narrowing = 0.6
	approach  = 0.09
	depart    = 0.06
	// reach is how far from its time a sound still counts.
	reach = 0.3
	// shortPause is a gap between words over which the mouth does not rest.
	shortPause = 0.08
	// restShape is how much a pause insists on lips at rest: they may stay rounded or spread a little.
	restShape = 0.6
)

// segment is a sound in time, in seconds.
type segment struct {
	from, to float64
	target   viseme.Target
}

// Track collects the sounds of a speech in the order of their beginnings and gives the pose at any time for which
// the sounds up to Lookahead later are known. What it gives does not depend on how many more are.
type Track struct {
	segments []segment
}

// Add appends a sound; to is its end, or at most from when it lasts until the next.
func (t *Track) Add(from, to float64, target viseme.Target) {
	from = math.Max(0, from)
	if n := len(t.segments); n > 0 {
		from = math.Max(from, t.segments[n-1].from) // marks out of order would spoil the search
		last := &t.segments[n-1]
		if last.to <= last.from || last.to > from {
			last.to = math.Max(last.from, from)
		}
	}
	t.segments = append(t.segments, segment{from: from, to: to, target: target})
}

// At gives the pose at a time.
func (t *Track) At(now float64) Pose {
	horizon := now + Lookahead
	first := sort.Search(len(t.segments), func(i int) bool { return t.end(i, horizon) >= now-reach })
	var open, shape blend
	var pose Pose
	wide := 1.0
	rests := func(from, to float64) {
		if to-from >= shortPause {
			weight := dominance(now, from, to)
			open.add(0, weight)
			shape.add(0, restShape*weight)
		}
	}
	spoken := math.Inf(-1) // what no sound claims is a pause
	if first > 0 {
		spoken = t.end(first-1, horizon)
	}
	for i := first; i < len(t.segments) && t.segments[i].from < horizon; i++ {
		s := t.segments[i]
		to := t.end(i, horizon)
		rests(spoken, s.from)
		spoken = to
		weight := dominance(now, s.from, to)
		if s.target.Pause && to-s.from < shortPause {
			weight *= 0.25
		}
		open.add(s.target.Open, weight*s.target.OpenWeight)
		shape.add(s.target.Shape, weight*s.target.ShapeWeight)
		pose.Press = math.Max(pose.Press, s.target.Press*shut(now, s.from, to))
		if s.target.Press > 0 {
			wide = math.Min(wide, 1-narrowing*t.narrow(now, i, horizon))
		}
		pose.Bite = math.Max(pose.Bite, s.target.Bite*shut(now, s.from, to))
		pose.Tongue = math.Max(pose.Tongue, s.target.Tongue*math.Min(1, weight))
	}
	rests(spoken, horizon)
	pose.Open, pose.Shape = wide*open.mean(), shape.mean()
	return pose
}

// end is where a sound ends as far as can be seen from before horizon.
func (t *Track) end(i int, horizon float64) float64 {
	s := t.segments[i]
	to := s.to
	if to <= s.from && i == len(t.segments)-1 {
		to = math.Inf(1) // it lasts until the next
	}
	return math.Max(s.from, math.Min(to, horizon))
}

// dominance is 1 inside a sound's time and fades outside.
func dominance(now, from, to float64) float64 {
	switch {
	case now < from:
		return math.Exp(-(from - now) / before)
	case now > to:
		return math.Exp(-(now - to) / after)
	}
	return 1
}

// shut is 1 while lips must be together: for the sound's time, or for closure around its middle when that is
// longer. Outside it falls to 0 within ramp. A very long sound is not held to its end.
func shut(now, from, to float64) float64 {
	middle := (from + to) / 2
	half := math.Max((to-from)/2-0.01, closure/2)
	return math.Max(0, math.Min(1, 1-(math.Abs(now-middle)-half)/ramp))
}

// narrow is 1 while lips are together for a sound and falls to 0 away from it.
func (t *Track) narrow(now float64, i int, horizon float64) float64 {
	from, to := t.segments[i].from, t.end(i, horizon)
	distance, within := from-now, approach
	if i > 0 {
		within = math.Min(within, (from-t.segments[i-1].from)/2)
	}
	if now > to {
		distance, within = now-to, depart
		if i+1 < len(t.segments) && t.segments[i+1].from < horizon {
			within = math.Min(within, (t.end(i+1, horizon)-to)/2)
		}
	}
	return math.Max(0, math.Min(1, 1-distance/math.Max(within, 0.01)))
}

// blend is a weighted mean that leans to 0 when nothing insists.
type blend struct {
	sum, weight float64
}

// indifference is the weight of the resting mouth in every mean.
const indifference = 0.03

func (b *blend) add(value, weight float64) {
	b.sum += value * weight
	b.weight += weight
}

func (b *blend) mean() float64 { return b.sum / (b.weight + indifference) }

package queue

import (
	"slices"
	"time"
)

// durations are how long the last generations took.
type durations []time.Duration

const (
	// mostDurations are remembered.
	mostDurations = 32
	// usualAtFirst stands for the duration of a generation before one was seen.
	usualAtFirst = 10 * time.Second
)

func (d durations) with(one time.Duration) durations {
	d = append(d, one)
	return slices.Clone(d[max(0, len(d)-mostDurations):])
}

// left is how much longer a generation will take that has run for a while: what is left on average of those that took longer.
// One that has run longer than all is taken to be half done.
func (d durations) left(ran time.Duration) time.Duration {
	var sum time.Duration
	longer := 0
	for _, one := range d {
		if one > ran {
			sum += one - ran
			longer++
		}
	}
	if longer == 0 {
		return ran
	}
	return sum / time.Duration(longer)
}

// estimate is how long the one at a position, of which 1 is next, will wait: the first place that comes free is taken by the
// first in line, for as long as is usual.
func (q *Queue) estimate(position int) time.Duration {
	free := make([]time.Duration, 0, len(q.running))
	for _, t := range q.running {
		if t.cancelled {
			free = append(free, 0) // it is about to leave
			continue
		}
		free = append(free, q.lately.left(time.Since(t.startedAt)))
	}
	if len(free) == 0 {
		return 0
	}
	for range position - 1 {
		slices.Sort(free)
		free[0] += q.lately.left(0)
	}
	return slices.Min(free)
}

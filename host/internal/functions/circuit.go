package functions

import "time"

// Restart is how a function comes back after its instances die.
const (
	// backOffBase is the wait before the second start in a row, doubled with each further one until the circuit opens.
	backOffBase = 200 * time.Millisecond
	// circuitOpens after so many deaths in a row; then nothing is started for circuitRests.
	circuitOpens = 5
	circuitRests = 30 * time.Second
	// steadyAfter is how long an instance must live for its death to count as the first.
	steadyAfter = time.Minute
)

// circuit decides when a function may start an instance again. Its pool guards it.
type circuit struct {
	deaths int
	// until is when the next start is allowed.
	until time.Time
	last  error
}

// died counts a death of an instance that lived so long.
func (c *circuit) died(now time.Time, lived time.Duration, err error) {
	if lived >= steadyAfter {
		c.deaths = 0
	}
	c.deaths++
	c.last = err
	switch {
	case c.deaths >= circuitOpens:
		c.until = now.Add(circuitRests)
	case c.deaths > 1:
		c.until = now.Add(backOffBase << (c.deaths - 2))
	default:
		c.until = now
	}
}

// served says that an instance did its work: deaths before it are forgiven.
func (c *circuit) served() { c.deaths, c.last = 0, nil }

// open tells whether starts are refused for long.
func (c *circuit) open(now time.Time) bool { return c.deaths >= circuitOpens && now.Before(c.until) }

// wait is how long the next start must wait.
func (c *circuit) wait(now time.Time) time.Duration { return max(0, c.until.Sub(now)) }

package functions

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/visavis-dev/visavis/sdk/manifest"
)

func TestLifeOfAnInstance(t *testing.T) {
	t.Parallel()
	all := []State{Absent, Starting, Ready, Busy, Draining, Stopped, Failed}
	leads := map[State][]State{
		Absent: {Starting}, Starting: {Ready, Stopped, Failed}, Ready: {Busy, Draining, Failed}, Busy: {Ready, Draining, Failed},
		Draining: {Stopped, Failed},
	}
	for _, from := range all {
		for _, to := range all {
			in := &instance{state: from}
			assert.Equal(t, contains(leads[from], to), in.to(to), "%s to %s", from, to)
		}
	}
}

func contains(all []State, one State) bool {
	return slices.Contains(all, one)
}

func TestCallsInAnInstance(t *testing.T) {
	t.Parallel()
	in := &instance{state: Ready}
	assert.True(t, in.enter(2))
	assert.Equal(t, Busy, in.state)
	assert.True(t, in.enter(2))
	assert.False(t, in.enter(2), "no more than its concurrency")
	assert.False(t, in.leave())
	assert.True(t, in.leave())
	assert.Equal(t, Ready, in.state)
	in.to(Draining)
	assert.False(t, in.enter(2), "a draining instance takes no calls")
}

// scripted is a launcher whose plugins start or fail as they are told, in no time.
type scripted struct {
	mu   sync.Mutex
	fail error
	runs []*run
}

type run struct {
	done chan struct{}
	once sync.Once
	hung atomic.Bool
	// slow is how long it takes to answer a ping, in nanoseconds.
	slow atomic.Int64
	// calls is what it says of itself.
	calls atomic.Int64
}

// Launch implements Launcher.
func (s *scripted) Launch(context.Context, Wanted) (Running, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	r := &run{done: make(chan struct{})}
	s.runs = append(s.runs, r)
	return r, nil
}

func (s *scripted) launched() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.runs)
}

func (*run) Conn() grpc.ClientConnInterface       { return nil }
func (*run) PID() int                             { return 1 }
func (r *run) Done() <-chan struct{}              { return r.done }
func (*run) Err() error                           { return errors.New("it died") }
func (r *run) Close()                             { r.once.Do(func() { close(r.done) }) }
func (r *run) Kill()                              { r.Close() }
func (r *run) Calls(context.Context) (int, error) { return int(r.calls.Load()), nil }
func (r *run) Ping(ctx context.Context) error {
	answer := time.Duration(r.slow.Load())
	if r.hung.Load() {
		answer = time.Hour
	}
	select {
	case <-time.After(answer):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func scriptedPool(t *testing.T, l Launcher, s Scale) *pool {
	t.Helper()
	return newPool(t.Context(), Wanted{
		Function: Function{ID: "a", Scale: s.withDefaults()}, Manifest: &manifest.Manifest{Name: "test"},
	}, Options{Launcher: l, Logger: hclog.NewNullLogger()}, func() {})
}

func (p *pool) stateOf(in *instance) State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return in.state
}

func TestIdleInstancesRestAfterTheirTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &scripted{}
		p := scriptedPool(t, l, Scale{Idle: time.Minute})
		defer p.close(t.Context())
		in, err := p.acquire(t.Context())
		require.NoError(t, err)
		time.Sleep(time.Hour)
		assert.Equal(t, Busy, p.stateOf(in), "a call may take its time")
		p.release(in, true, false)
		time.Sleep(59 * time.Second)
		synctest.Wait()
		assert.Equal(t, Ready, p.stateOf(in))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.Equal(t, Stopped, p.stateOf(in))
		assert.False(t, p.warm())
	})
}

func TestStartsAreHeldBackAfterDeaths(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &scripted{fail: errors.New("no library")}
		p := scriptedPool(t, l, Scale{})
		defer p.close(t.Context())
		var waits []time.Duration
		for range circuitOpens {
			began := time.Now()
			_, err := p.acquire(t.Context())
			require.Error(t, err)
			waits = append(waits, time.Since(began))
		}
		assert.Equal(t, []time.Duration{0, 0, backOffBase, 2 * backOffBase, 4 * backOffBase}, waits)
		began := time.Now()
		_, err := p.acquire(t.Context())
		require.Error(t, err)
		assert.Zero(t, time.Since(began), "an open circuit answers at once")
		require.Error(t, p.available())
		l.fail = nil
		time.Sleep(circuitRests)
		require.NoError(t, p.available(), "one may try again")
		in, err := p.acquire(t.Context())
		require.NoError(t, err)
		p.release(in, true, false)
		assert.Zero(t, p.circuit.deaths, "what works is forgiven")
	})
}

func TestAHangingInstanceIsKilledWhileCallsAreInIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &scripted{}
		p := scriptedPool(t, l, Scale{})
		defer p.close(t.Context())
		in, err := p.acquire(t.Context())
		require.NoError(t, err)
		l.runs[0].hung.Store(true)
		time.Sleep(pingEvery + pingWithin + time.Millisecond)
		synctest.Wait()
		assert.Equal(t, Failed, p.stateOf(in))
	})
}

func TestAnInstanceThatAnswersLateOnABusyMachineLives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &scripted{}
		p := scriptedPool(t, l, Scale{})
		defer p.close(t.Context())
		in, err := p.acquire(t.Context())
		require.NoError(t, err)
		l.runs[0].slow.Store(int64(5 * time.Second))
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, Busy, p.stateOf(in))
		p.release(in, true, false)
	})
}

func TestAWarmMinimumComesBackWithBackOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &scripted{}
		p := scriptedPool(t, l, Scale{Min: 1})
		defer p.close(t.Context())
		for i := range 3 {
			time.Sleep(circuitRests)
			synctest.Wait()
			require.Equal(t, i+1, l.launched())
			l.runs[i].Kill()
			synctest.Wait()
		}
		assert.Equal(t, 3, l.launched(), "the third start in a row waits")
		time.Sleep(circuitRests)
		synctest.Wait()
		assert.Equal(t, 4, l.launched())
	})
}

func TestADrainKillsWhatDoesNotFinish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &scripted{}
		p := scriptedPool(t, l, Scale{})
		in, err := p.acquire(t.Context())
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		p.close(ctx)
		assert.Equal(t, time.Minute, time.Since(began))
		assert.Equal(t, Stopped, p.stateOf(in))
		_, err = p.acquire(t.Context())
		assert.ErrorIs(t, err, errReplaced)
	})
}

// A client leaves and its engine does not notice: the place that it holds would be lost for ever.
func TestAnEngineThatIgnoresItsClientsIsReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &scripted{}
		p := scriptedPool(t, l, Scale{})
		defer p.close(t.Context())
		in, err := p.acquire(t.Context())
		require.NoError(t, err)
		l.runs[0].calls.Store(1)
		p.release(in, false, true)
		time.Sleep((deafAfter - 1) * pingEvery)
		synctest.Wait()
		assert.Equal(t, Ready, p.stateOf(in), "it may take its time to notice")
		time.Sleep(2 * pingEvery)
		synctest.Wait()
		assert.Equal(t, Stopped, p.stateOf(in))

		in, err = p.acquire(t.Context())
		require.NoError(t, err)
		p.release(in, false, true)
		time.Sleep(2 * deafAfter * pingEvery)
		synctest.Wait()
		assert.Equal(t, Ready, p.stateOf(in), "one that noticed stays")
	})
}

// Those who wait are not left to the instance that is busy when the other one died.
func TestADeadInstanceIsReplacedForThoseWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &scripted{}
		p := scriptedPool(t, l, Scale{Max: 2, Concurrency: 1})
		ctx, cancel := context.WithCancel(t.Context())
		defer p.close(ctx)
		defer cancel()
		for range 2 {
			_, err := p.acquire(t.Context())
			require.NoError(t, err)
		}
		served := make(chan error, 1)
		go func() {
			_, err := p.acquire(t.Context())
			served <- err
		}()
		synctest.Wait()
		l.runs[0].Kill()
		time.Sleep(time.Second)
		select {
		case err := <-served:
			require.NoError(t, err)
		default:
			t.Fatal("the call still waits")
		}
	})
}

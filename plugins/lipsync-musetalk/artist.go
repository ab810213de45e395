package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// drawer draws faces.
type drawer interface {
	Draw(latents, sounds []float32, n int) ([]byte, error)
}

// order is a face to be drawn; it is told once what came of it.
type order struct {
	ctx           context.Context //nolint:containedctx // of the request that it belongs to
	latent, sound []float32
	done          chan drawn
}

// drawn is a face, or why there is none.
type drawn struct {
	face []byte
	err  error
}

// artist draws the faces of all requests in common batches: a graphics card is best used by many at once.
type artist struct {
	drawer drawer
	// most is how many faces a batch has at most; batch is less when memory does not suffice.
	most, batch int
	// fixed draws batches of one size alone, with nothing behind the faces that there are.
	fixed  bool
	orders chan order
	stop   chan struct{}
	worker sync.WaitGroup
}

// newArtist works until close.
func newArtist(d drawer, batch int, fixed bool) *artist {
	a := &artist{drawer: d, most: batch, batch: batch, fixed: fixed, orders: make(chan order, 4*batch), stop: make(chan struct{})}
	a.worker.Go(a.run)
	return a
}

func (a *artist) close() {
	close(a.stop)
	a.worker.Wait()
}

// ask orders a face; wait for it with wait.
func (a *artist) ask(ctx context.Context, latent, sound []float32) (order, error) {
	o := order{ctx: ctx, latent: latent, sound: sound, done: make(chan drawn, 1)}
	select {
	case a.orders <- o:
		return o, nil
	case <-ctx.Done():
		return o, fmt.Errorf("draw: %w", ctx.Err())
	}
}

func (o order) wait() ([]byte, error) {
	select {
	case d := <-o.done:
		return d.face, d.err
	case <-o.ctx.Done():
		return nil, fmt.Errorf("draw: %w", o.ctx.Err())
	}
}

func (a *artist) run() {
	for {
		select {
		case <-a.stop:
			return
		case first := <-a.orders:
			a.drawAll(a.gather(first))
		}
	}
}

// gather takes what else waits, as much as fits. Orders of requests that have ended are left out.
func (a *artist) gather(first order) []order {
	var all []order
	take := func(o order) {
		if o.ctx.Err() == nil {
			all = append(all, o)
		}
	}
	take(first)
	for len(all) < a.batch {
		select {
		case o := <-a.orders:
			take(o)
		default:
			return all
		}
	}
	return all
}

// sizes gives the batches that so many faces are drawn in, the largest first: all or a power of two. TensorRT plans each size that it has
// not seen anew, so there are few.
func sizes(faces, most int) []int {
	var all []int
	for faces > 0 {
		n := most
		for n > faces {
			n = 1 << (bits.Len(uint(n-1)) - 1)
		}
		all = append(all, n)
		faces -= n
	}
	return all
}

// drawAll draws orders in batches of the sizes that a card knows. CUDA knows the last one alone: with another, ONNX Runtime plans every
// convolution anew, which takes longer than drawing dozens of faces that nobody sees.
func (a *artist) drawAll(orders []order) {
	if a.fixed {
		a.draw(orders)
		return
	}
	for _, n := range sizes(len(orders), a.batch) {
		a.draw(orders[:n])
		orders = orders[n:]
	}
}

// draw draws one batch. When memory does not suffice, smaller ones are drawn from then on.
func (a *artist) draw(orders []order) {
	if len(orders) == 0 {
		return
	}
	size := len(orders)
	if a.fixed {
		size = a.batch
	}
	latents, sounds := make([]float32, size*networks.Latent), make([]float32, size*networks.Sound)
	for n, o := range orders {
		copy(latents[n*networks.Latent:], o.latent)
		copy(sounds[n*networks.Sound:], o.sound)
	}
	faces, err := a.drawer.Draw(latents, sounds, size)
	if err != nil && size > 1 && networks.IsMemory(err) {
		a.batch = min(a.batch, (size+1)/2)
		for some := range slices.Chunk(orders, a.batch) {
			a.draw(some)
		}
		return
	}
	for n, o := range orders {
		if err != nil {
			o.done <- drawn{err: explain(err)}
			continue
		}
		o.done <- drawn{face: bytes.Clone(faces[n*networks.Picture : (n+1)*networks.Picture])} // a face alone does not keep a batch
	}
}

func explain(err error) error {
	if networks.IsMemory(err) {
		return fault.New(fault.Unavailable, "draw faces", "그래픽 카드의 메모리가 부족합니다. 다른 프로그램을 끝내거나 memory_gb를 늘려 주세요", err)
	}
	return fault.New(fault.Internal, "draw faces", "", errors.Unwrap(fmt.Errorf("run networks: %w", err)))
}

package main

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// Batches where none is set: enough to fill a card, and little enough to answer soon without one.
const (
	batchCard = 16
	batchCPU  = 2
)

// A card draws each batch in the same time, full or not, so that the first face takes as long as all. Where none is set, batches get
// smaller until they are drawn this soon, but not smaller than least.
const (
	soon      = 200 * time.Millisecond
	leastCard = 4
)

// runs is how often a card draws before it serves: the first time it plans, the second time memory, and then it is as fast as it gets.
const runs = 3

// likeness is how far a face may be from PyTorch's on average, of 255.
const likeness = 1.0

// failed is the sentence for networks that load and do not run.
const failed = "MuseTalk 모델을 실행하지 못했습니다. 다시 내보내 주세요"

// model is what is warmed up.
type model interface {
	Hear(samples []float32, spoken int, loudest float32) ([]float32, float32, error)
	Check(n int) (float64, error)
}

// ready opens the networks and warms them up for batches of a size, 0 for one that suits. A graph in a card's own operators that loads
// and then does not draw gives way to the ordinary one.
func ready(o networks.Options, size int, log hclog.Logger) (set *networks.Set, batch int, each time.Duration, err error) {
	set, err = networks.Open(o)
	if err != nil {
		return nil, 0, 0, err //nolint:wrapcheck // a fault already
	}
	batch, each, err = warm(set, set.Provider, size)
	if err == nil {
		return set, batch, each, nil
	}
	own := set.Graph == networks.Own
	err = errors.Join(err, set.Close())
	if !own {
		return nil, 0, 0, err
	}
	log.Warn("the graph for cards does not draw here; the ordinary one is slower", "reason", err)
	o.Plain = true
	return ready(o, size, log)
}

// warm runs the networks in every size that is used later: the first runs plan memory and, on a card, load its programs. Each size
// must draw as PyTorch does. It gives the largest batch, and how long a face of it took.
func warm(m model, provider string, size int) (batch int, each time.Duration, err error) {
	times := runs
	if provider == networks.CPU {
		times = 1
	}
	for range times {
		if _, _, err := m.Hear(make([]float32, networks.Segment), networks.Segment, networks.Silent); err != nil {
			return 0, 0, fault.New(fault.Unavailable, "warm up", failed, err)
		}
	}
	if provider == networks.CUDA {
		return fitting(m, size, times)
	}
	most := cmp.Or(size, batchCard)
	if provider == networks.CPU {
		most = cmp.Or(size, batchCPU)
	}
	for _, n := range growing(most) {
		took, err := try(m, n, times)
		switch {
		case err != nil && networks.IsMemory(err) && batch > 0:
			return batch, each, nil
		case err != nil:
			return 0, 0, err
		}
		batch, each = n, took/time.Duration(n)
	}
	return batch, each, nil
}

// fitting finds the one size of a card's batches. It begins with the largest, whose memory the smaller ones then find free.
func fitting(m model, size, times int) (batch int, each time.Duration, err error) {
	for n := cmp.Or(size, batchCard); ; n = (n + 1) / 2 {
		took, err := try(m, n, times)
		switch {
		case err != nil && networks.IsMemory(err) && n > 1:
		case err != nil:
			return 0, 0, err
		case size == 0 && took > soon && n > leastCard:
		default:
			return n, took / time.Duration(n), nil
		}
	}
}

// try draws the example in a batch several times, and gives how long the last one took.
func try(m model, n, times int) (took time.Duration, err error) {
	for range times {
		started := time.Now()
		apart, err := m.Check(n)
		switch {
		case err != nil && networks.IsMemory(err):
			return 0, explain(err)
		case err != nil:
			return 0, fault.New(fault.Unavailable, "warm up", failed, err)
		case apart > likeness:
			return 0, fault.New(fault.Unavailable, "warm up", "그래픽 카드가 얼굴을 틀리게 그립니다. MUSETALK_PROVIDER를 cuda나 cpu로 바꿔 주세요",
				fmt.Errorf("%d faces differ from PyTorch's by %.2f of 255 on average", n, apart))
		}
		took = time.Since(started)
	}
	return took, nil
}

// growing lists the sizes of batches, the smallest first.
func growing(most int) []int {
	var all []int
	for n := 1; n < most; n *= 2 {
		all = append(all, n)
	}
	return append(all, most)
}

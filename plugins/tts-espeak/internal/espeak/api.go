package espeak

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Values of speak_lib.h that are used here.
const (
	outputSynchronous = 2
	bufferMillis      = 60

	initPhonemeEvents = 1 << 0
	initPhonemeIPA    = 1 << 1
	initDontExit      = 1 << 15

	parameterRate   = 1
	parameterVolume = 2
	parameterPitch  = 3
	parameterRange  = 4

	positionCharacter = 1
	charsUTF8         = 1
	resultOK          = 0
	resultNotFound    = 2
)

// api is the library's functions. None may run beside another.
type api struct {
	handle   uintptr
	callback uintptr

	initialize   func(output, buffer int32, path string, options int32) int32
	terminate    func() int32
	setSeed      func(seed int)
	setCallback  func(callback uintptr)
	setParameter func(parameter, value, relative int32) int32
	setVoice     func(name string) int32
	synth        func(text string, size uintptr, position uint32, kind int32, end, flags uint32, id *uint32, user unsafe.Pointer) int32
}

// receiver takes sound and events from the library.
type receiver func(wav *int16, count int32, events *event) uintptr

// load looks every function up first: purego panics on one that is missing.
func load(path string, receive receiver) (*api, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load speech library: %w", err)
	}
	a := &api{handle: handle, callback: purego.NewCallback(receive)}
	functions := []struct {
		name string
		into any
	}{
		{"espeak_Initialize", &a.initialize},
		{"espeak_Terminate", &a.terminate},
		{"espeak_ng_SetRandSeed", &a.setSeed},
		{"espeak_SetSynthCallback", &a.setCallback},
		{"espeak_SetParameter", &a.setParameter},
		{"espeak_SetVoiceByName", &a.setVoice},
		{"espeak_Synth", &a.synth},
	}
	for _, f := range functions {
		address, err := purego.Dlsym(handle, f.name)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("find function in speech library: %w", err), a.close())
		}
		purego.RegisterFunc(f.into, address)
	}
	return a, nil
}

func (a *api) start(data string) error {
	rate := a.initialize(outputSynchronous, bufferMillis, data, initPhonemeEvents|initPhonemeIPA|initDontExit)
	if rate != SampleRate {
		return fmt.Errorf("start speech library: got %d as its sample rate, not %d", rate, SampleRate)
	}
	return nil
}

func (a *api) close() error {
	if err := purego.Dlclose(a.handle); err != nil {
		return fmt.Errorf("unload speech library: %w", err)
	}
	return nil
}

// speak sets everything anew, the voice above all: that puts the library's oscillators
// back, so that the same text always sounds the same, whatever was spoken or broken off before.
func (a *api) speak(u Utterance) error {
	a.setCallback(a.callback)
	switch result := a.setVoice(u.Voice); result {
	case resultOK:
	case resultNotFound:
		return fmt.Errorf("choose voice %q: %w", u.Voice, ErrVoice)
	default:
		return fmt.Errorf("choose voice %q: result %d", u.Voice, result)
	}
	for _, p := range []struct{ parameter, value int32 }{
		{parameterRate, clamp(u.Rate, MinRate, MaxRate)},
		{parameterVolume, volume},
		{parameterPitch, clamp(u.Pitch, 0, 99)},
		{parameterRange, clamp(u.Range, 0, 99)},
	} {
		a.setParameter(p.parameter, p.value, 0)
	}
	a.setSeed(1) // of the noise in breath
	size := uintptr(len(u.Text) + 1)
	if result := a.synth(u.Text, size, 0, positionCharacter, 0, charsUTF8, nil, nil); result != resultOK {
		return fmt.Errorf("speak: result %d", result)
	}
	return nil
}

func clamp(value, low, high int) int32 {
	return int32(min(max(value, low), high)) //nolint:gosec // the bounds are small
}

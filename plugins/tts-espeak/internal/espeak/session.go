package espeak

import (
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

// session is the library loaded once: its functions, ready to speak.
type session struct {
	handle uintptr

	initialize   func(output, buffer int32, path string, options int32) int32
	terminate    func() int32
	setSeed      func(seed int)
	setCallback  func(callback uintptr)
	setParameter func(parameter, value, relative int32) int32
	setVoice     func(name string) int32
	synth        func(text string, size uintptr, position uint32, kind int32, end, flags uint32, id *uint32, user unsafe.Pointer) int32
}

func load(library, data string, callback uintptr) (*session, error) {
	handle, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load speech library: %w", err)
	}
	s := &session{handle: handle}
	if err := s.bind(); err != nil {
		_ = purego.Dlclose(handle)
		return nil, err
	}
	rate := s.initialize(outputSynchronous, bufferMillis, data, initPhonemeEvents|initPhonemeIPA|initDontExit)
	if rate != SampleRate {
		s.close()
		return nil, fmt.Errorf("start speech library: got %d as its sample rate, not %d", rate, SampleRate)
	}
	s.setSeed(1) // of the noise in breath
	s.setCallback(callback)
	return s, nil
}

// bind looks every function up first: purego panics on one that is missing.
func (s *session) bind() error {
	functions := []struct {
		name string
		into any
	}{
		{"espeak_Initialize", &s.initialize},
		{"espeak_Terminate", &s.terminate},
		{"espeak_ng_SetRandSeed", &s.setSeed},
		{"espeak_SetSynthCallback", &s.setCallback},
		{"espeak_SetParameter", &s.setParameter},
		{"espeak_SetVoiceByName", &s.setVoice},
		{"espeak_Synth", &s.synth},
	}
	for _, f := range functions {
		address, err := purego.Dlsym(s.handle, f.name)
		if err != nil {
			return fmt.Errorf("find function in speech library: %w", err)
		}
		purego.RegisterFunc(f.into, address)
	}
	return nil
}

func (s *session) close() {
	s.terminate()
	_ = purego.Dlclose(s.handle)
}

func (s *session) speak(u Utterance) error {
	switch result := s.setVoice(u.Voice); result {
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
		s.setParameter(p.parameter, p.value, 0)
	}
	size := uintptr(len(u.Text) + 1)
	if result := s.synth(u.Text, size, 0, positionCharacter, 0, charsUTF8, nil, nil); result != resultOK {
		return fmt.Errorf("speak: result %d", result)
	}
	return nil
}

func clamp(value, low, high int) int32 {
	return int32(min(max(value, low), high)) //nolint:gosec // the bounds are small
}

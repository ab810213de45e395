package reel

import "encoding/binary"

// A delta is what turns one frame into the next: runs of bytes, each behind two numbers (Uvarint), how many words stay as they are
// before it and how many it has. What follows the last whole word of a frame always stands at its end.

// word is the grain of a run, in bytes: finer ones cost more to find and to lay than they save.
const word = 8

// pause is how many words must stay as they are to end a run.
const pause = 2

// appendDelta appends what turns from into to, frames of one size.
func appendDelta(out, from, to []byte) []byte {
	words := len(to) / word
	same := func(n int) bool {
		return binary.LittleEndian.Uint64(from[n*word:]) == binary.LittleEndian.Uint64(to[n*word:])
	}
	done := 0
	for at := 0; at < words; {
		if same(at) {
			at++
			continue
		}
		end := at + 1 // behind the last word that changes
		for n := end; n < words && n-end < pause; n++ {
			if !same(n) {
				end = n + 1
			}
		}
		out = binary.AppendUvarint(out, uint64(at-done))
		out = binary.AppendUvarint(out, uint64(end-at)) //nolint:gosec // not negative
		out = append(out, to[at*word:end*word]...)
		at, done = end, end
	}
	out = binary.AppendUvarint(out, 0)
	out = binary.AppendUvarint(out, 0) // a run of none is the last
	return append(out, to[words*word:]...)
}

// applyDelta turns a frame into the next one.
func applyDelta(frame, delta []byte) {
	at := 0
	for {
		skip, n := binary.Uvarint(delta)
		count, m := binary.Uvarint(delta[n:])
		delta = delta[n+m:]
		if count == 0 {
			break
		}
		at += int(skip) * word      //nolint:gosec // appendDelta wrote it
		length := int(count) * word //nolint:gosec // appendDelta wrote it
		copy(frame[at:at+length], delta)
		at, delta = at+length, delta[length:]
	}
	copy(frame[len(frame)/word*word:], delta)
}

package sound

import (
	"bytes"
	"encoding/binary"
)

// lookAhead is how much of a stream is looked at to know its form, in bytes: two frames of MP3.
const lookAhead = 3 << 10

// form is what ffmpeg calls the form of compressed sound that begins so; "" is none of them.
func form(begin []byte) string {
	for magic, name := range map[string]string{"ID3": "mp3", "OggS": "ogg", "fLaC": "flac", "\x1aE\xdf\xa3": "matroska"} {
		if bytes.HasPrefix(begin, []byte(magic)) {
			return name
		}
	}
	// Raw samples may look like the beginning of a frame, but hardly like two that fit.
	if n := mpegFrame(begin); n > 0 && (len(begin) <= n || mpegFrame(begin[n:]) > 0) {
		return "mp3"
	}
	if n := aacFrame(begin); n > 0 && (len(begin) <= n || aacFrame(begin[n:]) > 0) {
		return "aac"
	}
	return ""
}

// mpegFrame is the length of the frame of MPEG audio, layer III, that begins here; 0 when none does.
func mpegFrame(b []byte) int {
	if len(b) < 4 {
		return 0
	}
	head := binary.BigEndian.Uint32(b)
	version, layer := head>>19&3, head>>17&3
	rate, frequency, padding := int(head>>12&15), int(head>>10&3), int(head>>9&1)
	const reserved, layerIII, first = 1, 1, 3
	if head>>21 != 0x7ff || version == reserved || layer != layerIII || rate == 0 || rate == 15 || frequency == 3 {
		return 0
	}
	if version == first {
		kbps := [15]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}[rate]
		return 144000*kbps/[3]int{44100, 48000, 32000}[frequency] + padding
	}
	kbps := [15]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}[rate]
	hz := [3]int{22050, 24000, 16000}[frequency]
	if version == 0 { // MPEG 2.5
		hz /= 2
	}
	return 72000*kbps/hz + padding
}

// aacFrame is the length of the ADTS frame that begins here; 0 when none does.
func aacFrame(b []byte) int {
	if len(b) < 7 || b[0] != 0xff || b[1]&0xf6 != 0xf0 {
		return 0
	}
	length := int(b[3]&3)<<11 | int(b[4])<<3 | int(b[5])>>5
	if length < 7 || b[2]>>2&15 > 12 {
		return 0
	}
	return length
}

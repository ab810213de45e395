package generation

import "strings"

// Lines gives how many pixels the shorter side of a resolution's videos has, of those that requests may name. ok is false for others.
func Lines(resolution string) (lines int, ok bool) {
	switch resolution {
	case "1080p":
		return 1080, true
	case "720p":
		return 720, true
	case "480p":
		return 480, true
	case "360p":
		return 360, true
	}
	return 0, false
}

// CutResolution gives talk_long of talk_long_720p.
func CutResolution(id string) (base string, cut bool) {
	at := strings.LastIndex(id, "_")
	if at < 0 {
		return id, false
	}
	if _, cut = Lines(id[at+1:]); !cut {
		return id, false
	}
	return id[:at], true
}

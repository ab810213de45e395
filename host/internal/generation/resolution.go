package generation

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

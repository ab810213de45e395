package video

import (
	"context"
	"time"
)

// probeLimit is how long a card may take for its first frame.
const probeLimit = 10 * time.Second

// Hardware tells whether ffmpeg can encode on a graphics card here: it encodes one black frame. Cards for computing alone,
// such as H100, cannot.
func Hardware(ctx context.Context, ffmpeg string) bool {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	c := command(ctx, ffmpeg, "-f", "lavfi", "-i", "color=size=256x256:rate=25", "-frames:v", "1", "-c:v", "h264_nvenc", "-f", "null", "-")
	return c.Run() == nil
}

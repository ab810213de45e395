package tts_test

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/visavis-dev/visavis/sdk/fault"
	speechv1 "github.com/visavis-dev/visavis/sdk/internal/pb/visavis/speech/v1"
	ttsv1 "github.com/visavis-dev/visavis/sdk/internal/pb/visavis/tts/v1"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// raw is a plugin without this SDK: it sends what it likes.
type raw struct {
	ttsv1.UnimplementedSynthesizerServiceServer
	says []*ttsv1.SynthesizeResponse
}

// Synthesize sends everything and ends well.
func (r *raw) Synthesize(_ *ttsv1.SynthesizeRequest, stream ttsv1.SynthesizerService_SynthesizeServer) error {
	for _, m := range r.says {
		if err := stream.Send(m); err != nil {
			return err
		}
	}
	return nil
}

// heard is what came of a speech.
type heard struct{ starts, samples int }

// Start implements tts.Sink.
func (h *heard) Start(speech.Format) error {
	h.starts++
	return nil
}

// Chunk implements tts.Sink.
func (h *heard) Chunk(c speech.Chunk) error {
	h.samples += len(c.PCM)
	return nil
}

func start(rate uint32) *ttsv1.SynthesizeResponse {
	return &ttsv1.SynthesizeResponse{Event: &ttsv1.SynthesizeResponse_Start{Start: &speechv1.Format{SampleRate: rate}}}
}

func sound() *ttsv1.SynthesizeResponse {
	return &ttsv1.SynthesizeResponse{Event: &ttsv1.SynthesizeResponse_Chunk{Chunk: &speechv1.Chunk{Pcm: []byte{1, 0, 2, 0}}}}
}

// What a plugin gets wrong is its own defect and never the client's mistake.
func TestAPluginIsHeldToTheOrderOfSpeech(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		says []*ttsv1.SynthesizeResponse
		kind fault.Kind
		want heard
	}{
		"as it should be":  {[]*ttsv1.SynthesizeResponse{start(16000), sound(), sound()}, "", heard{1, 4}},
		"nothing":          {nil, fault.Internal, heard{}},
		"no start":         {[]*ttsv1.SynthesizeResponse{sound()}, fault.Internal, heard{}},
		"two starts":       {[]*ttsv1.SynthesizeResponse{start(16000), sound(), start(16000)}, fault.Internal, heard{1, 2}},
		"no sample rate":   {[]*ttsv1.SynthesizeResponse{start(0), sound()}, fault.Internal, heard{}},
		"an absurd rate":   {[]*ttsv1.SynthesizeResponse{start(10_000_000), sound()}, fault.Internal, heard{}},
		"an empty message": {[]*ttsv1.SynthesizeResponse{{}}, fault.Internal, heard{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener := bufconn.Listen(1 << 16)
			server := grpc.NewServer()
			ttsv1.RegisterSynthesizerServiceServer(server, &raw{says: tc.says})
			served := make(chan error, 1)
			go func() { served <- server.Serve(listener) }()
			conn, err := grpc.NewClient("passthrough:///plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
				grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
			require.NoError(t, err)
			defer func() {
				require.NoError(t, conn.Close())
				server.Stop()
				require.NoError(t, <-served)
			}()
			var got heard
			err = tts.NewClient(conn).Synthesize(t.Context(), tts.Request{Text: "네"}, &got)
			assert.Equal(t, tc.kind, fault.KindOf(err), err)
			assert.Equal(t, tc.want, got)
		})
	}
}

package llm

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"

	"github.com/visavis-dev/visavis/sdk/fault"
	llmv1 "github.com/visavis-dev/visavis/sdk/internal/pb/visavis/llm/v1"
	"github.com/visavis-dev/visavis/sdk/internal/wire"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

// Kind is how manifests and the handshake name this contract.
const Kind = "llm"

// maxModelName bounds the name of a model, in bytes.
const maxModelName = 256

// Serve is a language plugin's main: it opens the backend with the deployment's
// settings and serves it until the host ends the process.
func Serve[C any](open plugin.Open[C, Model]) { plugin.Serve(Kind, open, register) }

func register(server grpc.ServiceRegistrar, engine plugin.Engine[Model]) {
	llmv1.RegisterModelServiceServer(server, &service{engine: engine})
}

type service struct {
	llmv1.UnimplementedModelServiceServer
	engine plugin.Engine[Model]
}

// Chat serves one call.
func (s *service) Chat(req *llmv1.ChatRequest, stream llmv1.ModelService_ChatServer) error {
	engine, err := s.engine.Get()
	if err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	request := Request{
		MaxTokens: int(req.GetMaxTokens()), Temperature: req.GetTemperature(), Attributes: req.GetAttributes(),
		Schema: req.GetSchema(),
	}
	for _, q := range req.GetQuestions() {
		request.Questions = append(request.Questions, Question{
			ID: q.GetId(), Level: q.GetLevel(), Competency: q.GetCompetency(), Text: q.GetText(),
			Strong: q.GetStrong(), FollowUps: q.GetFollowUps(), Score: q.GetScore(), Asked: q.GetAsked(),
		})
	}
	for _, m := range req.GetMessages() {
		request.Messages = append(request.Messages, Message{Role: Role(m.GetRole()), Content: m.GetContent()})
	}
	model, err := engine.Chat(stream.Context(), request, streamSink{stream: stream})
	if err != nil {
		return err //nolint:wrapcheck // the engine's own fault goes to the host as it is
	}
	return send(stream, &llmv1.ChatResponse{Event: &llmv1.ChatResponse_Finish{Finish: &llmv1.Finish{Model: model}}})
}

type streamSink struct {
	stream llmv1.ModelService_ChatServer
}

// Token implements Sink.
func (s streamSink) Token(text string) error {
	if text == "" {
		return nil
	}
	return send(s.stream, &llmv1.ChatResponse{Event: &llmv1.ChatResponse_Token{Token: text}})
}

func send(stream llmv1.ModelService_ChatServer, m *llmv1.ChatResponse) error {
	if err := stream.Send(m); err != nil {
		return fmt.Errorf("send answer: %w", err)
	}
	return nil
}

// NewClient speaks to a plugin over its connection, which it does not close. Safe for concurrent use.
func NewClient(conn grpc.ClientConnInterface) Model {
	return &client{rpc: llmv1.NewModelServiceClient(conn)}
}

type client struct {
	rpc llmv1.ModelServiceClient
}

// Chat implements Model.
func (c *client) Chat(ctx context.Context, req Request, out Sink) (string, error) {
	const op = "chat"
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	message := &llmv1.ChatRequest{
		MaxTokens:   uint32(max(0, req.MaxTokens)), //nolint:gosec // not negative
		Temperature: req.Temperature, Attributes: req.Attributes, Schema: req.Schema,
	}
	for _, q := range req.Questions {
		message.Questions = append(message.Questions, &llmv1.Question{
			Id: q.ID, Level: q.Level, Competency: q.Competency, Text: q.Text,
			Strong: q.Strong, FollowUps: q.FollowUps, Score: q.Score, Asked: q.Asked,
		})
	}
	for _, m := range req.Messages {
		message.Messages = append(message.Messages, &llmv1.Message{Role: string(m.Role), Content: m.Content})
	}
	stream, err := c.rpc.Chat(ctx, message)
	if err != nil {
		return "", wire.FromStatus(op, err)
	}
	var finish *llmv1.Finish
	for {
		event, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", wire.FromStatus(op, err)
		}
		if f := event.GetFinish(); f != nil {
			finish = f
			continue
		}
		if err := out.Token(event.GetToken()); err != nil {
			return "", err
		}
	}
	if finish == nil {
		return "", fault.New(fault.Internal, op, "", errors.New("answer ended without a finish"))
	}
	return wire.Clip(finish.GetModel(), maxModelName), nil
}

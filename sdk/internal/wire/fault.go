// Package wire turns what contracts say into protobuf and back: errors, PCM and
// marks. Authors never see it.
package wire

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/visavis-dev/visavis/sdk/fault"
	pluginv1 "github.com/visavis-dev/visavis/sdk/internal/pb/visavis/plugin/v1"
)

const (
	// maxText bounds the texts of a fault, in bytes: they travel in HTTP/2 trailers.
	maxText = 2048
	// maxHint bounds what of a plugin's words reaches people, in characters.
	maxHint = 300
)

// ToStatus gives an error the form in which it crosses the process boundary.
func ToStatus(err error) error {
	if err == nil {
		return nil
	}
	kind := fault.KindOf(err)
	st := status.New(codeOf(kind), Clip(err.Error(), maxText))
	var op string
	if e, ok := errors.AsType[*fault.Error](err); ok {
		op = e.Op
	}
	detailed, detailErr := st.WithDetails(&pluginv1.Fault{
		Kind: string(kind), Op: Clip(op, maxText), Hint: Clip(fault.HintOf(err), maxText), Message: Clip(err.Error(), maxText),
	})
	if detailErr != nil {
		return st.Err() //nolint:wrapcheck // a status is the wire's own error
	}
	return detailed.Err() //nolint:wrapcheck // a status is the wire's own error
}

// FromStatus gives an error that crossed the process boundary its kind back.
func FromStatus(op string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.KindOf(err), op, "", err)
	}
	st, ok := status.FromError(err)
	if !ok {
		return fault.New(fault.Internal, op, "", err)
	}
	for _, detail := range st.Details() {
		if f, ok := detail.(*pluginv1.Fault); ok {
			message := strings.TrimPrefix(f.GetMessage(), op+": ") // it is said again
			kind := fault.Kind(f.GetKind())
			if !slices.Contains(fault.Kinds(), kind) {
				kind = kindOf(st.Code()) // a newer SDK's, or a plugin's own: clients know neither
			}
			return fault.New(kind, op, oneLine(f.GetHint()), errors.New(message))
		}
	}
	return fault.New(kindOf(st.Code()), op, "", err)
}

// oneLine makes one line of a plugin's hint, and bounds it: clients show it as it is.
func oneLine(hint string) string {
	words := strings.FieldsFunc(hint, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	line := []rune(strings.Join(words, " "))
	if len(line) > maxHint {
		line = append(line[:maxHint-1], '…')
	}
	return string(line)
}

// Clip bounds a text to so many bytes and makes it valid UTF-8, since gRPC would drop the whole message: what is quoted may be anything.
func Clip(s string, most int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut]
}

func codeOf(kind fault.Kind) codes.Code {
	switch kind {
	case fault.Invalid:
		return codes.InvalidArgument
	case fault.NotFound:
		return codes.NotFound
	case fault.Unauthorized:
		return codes.Unauthenticated
	case fault.Quota, fault.RateLimited, fault.Busy:
		return codes.ResourceExhausted
	case fault.Unavailable:
		return codes.Unavailable
	case fault.Unconfigured:
		return codes.FailedPrecondition
	case fault.Cancelled:
		return codes.Canceled
	case fault.Unimplemented:
		return codes.Unimplemented
	case fault.Internal:
		return codes.Internal
	}
	return codes.Unknown
}

// kindOf is for errors that gRPC itself makes: a dead connection, a method that is not there.
func kindOf(code codes.Code) fault.Kind {
	switch code { //nolint:exhaustive // the rest are defects
	case codes.InvalidArgument:
		return fault.Invalid
	case codes.NotFound:
		return fault.NotFound
	case codes.Unauthenticated:
		return fault.Unauthorized
	case codes.ResourceExhausted:
		return fault.Busy
	case codes.Unavailable, codes.DeadlineExceeded:
		return fault.Unavailable
	case codes.Canceled:
		return fault.Cancelled
	case codes.Unimplemented:
		return fault.Unimplemented
	default:
		return fault.Internal
	}
}

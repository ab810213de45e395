package request

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"unicode/utf8"
)

// byteOrderMark is what some editors and Windows' programs put in front of UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// Decode reads a JSON object into a struct: names match exactly, unknown ones are ignored, and "" or null
// means "not given". Its errors are whole sentences for people.
func Decode(data []byte, into any) error {
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if !utf8.Valid(data) {
		return errors.New("요청 본문은 압축하지 않은 UTF-8이어야 합니다")
	}
	var fields map[string]json.RawMessage
	err := json.Unmarshal(data, &fields)
	if _, isType := errors.AsType[*json.UnmarshalTypeError](err); isType || (err == nil && fields == nil) {
		return errors.New("요청 본문은 JSON 객체여야 합니다")
	}
	if err != nil {
		return errors.New("요청 본문이 올바른 JSON이 아닙니다")
	}
	known := fieldNames(reflect.TypeOf(into))
	for name, value := range fields {
		if !known[name] || bytes.Equal(value, []byte("null")) || bytes.Equal(value, []byte(`""`)) {
			delete(fields, name)
		}
	}
	exact, err := json.Marshal(fields)
	if err != nil {
		return errors.New("요청 본문이 올바른 JSON이 아닙니다")
	}
	err = json.Unmarshal(exact, into)
	if wrong, isType := errors.AsType[*json.UnmarshalTypeError](err); isType {
		field := wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:]
		return errors.New(field + " 필드의 형식이 올바르지 않습니다")
	}
	if err != nil {
		return errors.New("요청 본문이 올바른 JSON이 아닙니다")
	}
	return nil
}

// fieldNames are the JSON names of a struct's fields, those of embedded structs too.
func fieldNames(t reflect.Type) map[string]bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	names := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			names[name] = true
		}
	}
	return names
}

// whole is an integer, which JSON may write as 2.0.
type whole int

// UnmarshalJSON implements json.Unmarshaler.
func (w *whole) UnmarshalJSON(data []byte) error {
	var n float64
	if err := json.Unmarshal(data, &n); err != nil {
		return err //nolint:wrapcheck // Decode looks for the field that it names
	}
	if n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
		return &json.UnmarshalTypeError{Value: "number", Type: reflect.TypeFor[int]()}
	}
	*w = whole(n)
	return nil
}

// UnmarshalJSON keeps what is right in an entry; what is not leaves an entry that is refused later.
func (h *HistoryEntry) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(data, &fields)
	_ = json.Unmarshal(fields["role"], &h.Role)
	var content *string
	if json.Unmarshal(fields["content"], &content) == nil {
		h.Content = content
	}
	return nil
}

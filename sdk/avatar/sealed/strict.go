package sealed

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// exact tells what the standard decoder lets pass of an object that it could decode into a type: names of fields in other letters,
// fields that are there twice, and more or fewer values than an array has.
func exact(decoder *json.Decoder, of reflect.Type, name string) error {
	token, err := decoder.Token()
	if err != nil {
		return errors.New("it breaks off")
	}
	for of.Kind() == reflect.Pointer && token != nil {
		of = of.Elem()
	}
	switch token {
	case json.Delim('{'):
		return exactObject(decoder, of)
	case json.Delim('['):
		return exactList(decoder, of, name)
	case nil:
		if of.Kind() == reflect.Array {
			return fmt.Errorf("%.80q has no values", name)
		}
	}
	return nil
}

func exactObject(decoder *json.Decoder, of reflect.Type) error {
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		name, isName := token.(string)
		if err != nil || !isName {
			return errors.New("it breaks off")
		}
		if seen[name] {
			return fmt.Errorf("field %.80q is there twice", name)
		}
		seen[name] = true
		value, err := field(of, name)
		if err != nil {
			return err
		}
		if err := exact(decoder, value, name); err != nil {
			return err
		}
	}
	_, _ = decoder.Token() // its end, which More saw
	return nil
}

// field gives the type of a value in an object.
func field(of reflect.Type, name string) (reflect.Type, error) {
	if of.Kind() != reflect.Struct {
		return of.Elem(), nil // a map
	}
	for f := range of.Fields() {
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name {
			return f.Type, nil
		}
	}
	return nil, fmt.Errorf("unknown field %.80q", name)
}

func exactList(decoder *json.Decoder, of reflect.Type, name string) error {
	count := 0
	for ; decoder.More(); count++ {
		if err := exact(decoder, of.Elem(), name); err != nil {
			return err
		}
	}
	_, _ = decoder.Token() // as above
	if of.Kind() == reflect.Array && count != of.Len() {
		return fmt.Errorf("%.80q has %d values, not %d", name, count, of.Len())
	}
	return nil
}

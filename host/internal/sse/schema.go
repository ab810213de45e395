package sse

import (
	"fmt"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Event is one member of a union: its value of "type" and its Go struct.
type Event struct {
	Type  string
	Value any
}

// Union describes a stream's events as one component: oneOf with "type" as the discriminator. What it
// gives refers to the component. Generators expect the schema of one event under text/event-stream.
func Union(registry huma.Registry, name string, events ...Event) *huma.Schema {
	union := &huma.Schema{Discriminator: &huma.Discriminator{PropertyName: "type", Mapping: map[string]string{}}}
	for _, e := range events {
		member := registry.Schema(reflect.TypeOf(e.Value), true, fmt.Sprintf("%s_%s", name, e.Type))
		union.OneOf = append(union.OneOf, member)
		union.Discriminator.Mapping[e.Type] = member.Ref
	}
	registry.Map()[name] = union
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

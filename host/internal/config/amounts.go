package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// times gives the names of a scale that are times; all other amounts are whole numbers.
func times() []string { return []string{"idle", "start", "drain", "stall"} }

// amounts checks an entry's scale and limits: names that would have no effect are refused, and values that cannot be meant. An
// empty value leaves the default.
func (d *document) amounts(entry *yaml.Node) error {
	for i := 0; i+1 < len(entry.Content); i += 2 {
		section, table := entry.Content[i].Value, entry.Content[i+1]
		names := map[string][]string{
			"scale":  append([]string{"min", "max", "concurrency", "waiting"}, times()...),
			"limits": {"memory_mb", "open_files"},
		}[section]
		if names == nil || table.Tag == "!!null" {
			continue
		}
		if err := knownKeys(table, names...); err != nil {
			return &Error{Name: section, Place: d.place(entry), Err: err}
		}
		for k := 0; k+1 < len(table.Content); k += 2 {
			name, value := table.Content[k].Value, table.Content[k+1]
			if err := amount(name, value); err != nil {
				return &Error{Name: section + ": " + name, Place: d.place(value), Err: err}
			}
		}
	}
	return nil
}

// amount checks one value and leaves it as what it is decoded into, however it was quoted.
func amount(name string, value *yaml.Node) error {
	if value.Kind != yaml.ScalarNode {
		return errors.New("not a single value")
	}
	written := value.Value
	value.Style = 0
	switch {
	case written == "" || value.Tag == "!!null":
		value.Tag, value.Value = "!!null", "null"
		return nil
	case slices.Contains(times(), name):
		value.Tag, value.Style = "!!str", yaml.DoubleQuotedStyle
		if t, err := time.ParseDuration(written); err != nil || t < 0 {
			return fmt.Errorf("%q is not a time such as 90s or 10m", written)
		}
	default:
		value.Tag = "!!int"
		if n, err := strconv.ParseInt(written, 0, 32); err != nil || n < 0 {
			return fmt.Errorf("%q is not a whole number from 0", written)
		}
	}
	return nil
}

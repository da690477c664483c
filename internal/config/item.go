package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// parseItem reads key=value,key=value into the properties of an item. A first
// part without = is the property that the item is about, such as a path. A value
// with a comma in it is quoted: key="a,b".
func parseItem(text string, item any) error {
	v := reflect.ValueOf(item).Elem()
	v.SetZero()
	parts, err := splitItem(text)
	if err != nil {
		return err
	}
	fill := newItem(v)
	for i, part := range parts {
		key, value, ok := strings.Cut(part, "=")
		if i == 0 && fill.primary != "" && (!ok || fill.isPath(key)) {
			key, value, ok = fill.primary, part, true
		}
		if !ok {
			return fmt.Errorf("%q is no property; write NAME=VALUE,NAME=VALUE", part)
		}
		if err := fill.set(strings.TrimSpace(key), strings.Trim(strings.TrimSpace(value), `"`)); err != nil {
			return err
		}
	}
	return fill.finish()
}

// splitItem splits at commas outside quotes.
func splitItem(text string) ([]string, error) {
	var parts []string
	start, quoted := 0, false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == ',' && !quoted:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	if quoted {
		return nil, errors.New(`a " without its end`)
	}
	return append(parts, text[start:]), nil
}

// itemFiller sets the properties of one item.
type itemFiller struct {
	fields  map[string]field
	names   []string
	primary string
	given   map[string]bool
}

// newItem prepares an item, with its defaults.
func newItem(v reflect.Value) *itemFiller {
	setDefaults(v)
	fill := &itemFiller{fields: map[string]field{}, given: map[string]bool{}}
	walk(v, func(f field) {
		fill.fields[f.name] = f
		fill.names = append(fill.names, f.name)
		if _, ok := f.tag.Lookup("primary"); ok {
			fill.primary = f.name
		}
	})
	return fill
}

// isPath reports whether what stands before the first = is a piece of a path
// rather than a misspelt name.
func (fill *itemFiller) isPath(key string) bool {
	_, known := fill.fields[normalKey(strings.TrimSpace(key))]
	return !known && strings.ContainsAny(key, `/\.`)
}

func (fill *itemFiller) set(key, value string) error {
	name := normalKey(key)
	f, ok := fill.fields[name]
	if !ok {
		return fmt.Errorf("unknown property %q%s; it is one of %s", key, didYouMean(name, fill.names), strings.Join(fill.names, ", "))
	}
	if fill.given[name] && f.value.Kind() != reflect.Slice {
		return fmt.Errorf("%s is given twice", name)
	}
	fill.given[name] = true
	if err := f.set(value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// finish says what is missing.
func (fill *itemFiller) finish() error {
	for _, name := range fill.names {
		f := fill.fields[name]
		if _, required := f.tag.Lookup("required"); required && f.value.IsZero() {
			return fmt.Errorf("%s is missing", name)
		}
	}
	return nil
}

// normalKey makes password_file the same as password-file.
func normalKey(key string) string { return strings.ReplaceAll(strings.ToLower(key), "_", "-") }

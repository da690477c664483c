package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Setting describes one setting, or one property of an item.
type Setting struct {
	Name       string // of the flag and the key; see Env
	Section    string
	Kind       string // what is written: TIME, SIZE, true ...
	Default    string
	Help       string
	Required   bool
	Repeated   bool
	Properties []Setting // of an item
}

// Env returns the name of the setting's environment variable.
func (s *Setting) Env() string { return envName(s.Name) }

func envName(name string) string {
	return "REBOUND_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// Settings describes all settings, in the order of Config.
func Settings() []Setting {
	var list []Setting
	walk(reflect.ValueOf(&Config{}).Elem(), func(f field) {
		s := describe(f)
		if item, ok := itemType(f.value.Type()); ok {
			walk(reflect.New(item).Elem(), func(p field) { s.Properties = append(s.Properties, describe(p)) })
		}
		list = append(list, s)
	})
	return list
}

func describe(f field) Setting {
	kind := f.tag.Get("placeholder")
	if kind == "" && f.value.Kind() == reflect.Bool {
		kind = "true or false"
	}
	if kind == "" {
		kind = f.tag.Get("enum")
	}
	_, required := f.tag.Lookup("required")
	return Setting{
		Name: f.name, Section: f.section, Kind: kind, Default: f.tag.Get("default"), Help: strings.ReplaceAll(f.tag.Get("help"), "$$", "$"),
		Required: required, Repeated: f.value.Kind() == reflect.Slice,
	}
}

// field is a setting within a Config, or a property within an item.
type field struct {
	name    string
	section string
	value   reflect.Value
	tag     reflect.StructTag
}

// walk visits the fields that have a name, sections included.
func walk(v reflect.Value, visit func(field)) { walkSection(v, "", "", visit) }

func walkSection(v reflect.Value, prefix, section string, visit func(field)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		group := f.Tag.Get("group")
		if group == "" {
			group = section
		}
		if _, embedded := f.Tag.Lookup("embed"); embedded {
			walkSection(v.Field(i), prefix+f.Tag.Get("prefix"), group, visit)
			continue
		}
		if name, ok := f.Tag.Lookup("name"); ok {
			visit(field{prefix + name, group, v.Field(i), f.Tag})
		}
	}
}

// itemType returns the type of the items of a list, if t is a list of items that
// have properties.
func itemType(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Struct {
		return nil, false
	}
	return t.Elem(), true
}

// setDefaults gives every field the default of its tag.
func setDefaults(v reflect.Value) {
	walk(v, func(f field) {
		if text := f.tag.Get("default"); text != "" {
			if err := f.set(text); err != nil {
				panic(fmt.Sprintf("config: default of %s: %v", f.name, err)) // a test looks at all
			}
		}
	})
}

// set reads the text of one value; of a list it adds an element.
func (f *field) set(text string) error {
	if choices := f.tag.Get("enum"); choices != "" && !slices.Contains(strings.Split(choices, ","), text) {
		return fmt.Errorf("%q is none of %s", text, strings.ReplaceAll(choices, ",", ", "))
	}
	if f.value.Kind() != reflect.Slice {
		return setText(f.value, text)
	}
	element := reflect.New(f.value.Type().Elem()).Elem()
	if err := setText(element, text); err != nil {
		return err
	}
	f.value.Set(reflect.Append(f.value, element))
	return nil
}

func setText(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		v.SetBool(b)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is no whole number", text)
		}
		v.SetInt(int64(n))
	case reflect.Float64:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is no number", text)
		}
		v.SetFloat(x)
	default:
		panic("config: no form for " + v.Type().String())
	}
	return nil
}

// Value is a setting as it is in force.
type Value struct {
	Setting
	Value  string
	Origin string // "default", "--listen", "REBOUND_LISTEN" or "FILE:LINE"
}

// Values returns all settings as they are in force. Secrets are not shown.
func (c *Config) Values() []Value {
	var list []Value
	walk(reflect.ValueOf(c).Elem(), func(f field) {
		list = append(list, Value{describe(f), shown(f.value), c.Origin(f.name)})
	})
	return list
}

// defaultOrigin is the origin of what nobody set.
const defaultOrigin = "default"

// Origin says where a setting was set.
func (c *Config) Origin(name string) string {
	if where := c.origins[name]; where != "" {
		return where
	}
	return defaultOrigin
}

func shown(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = shown(v.Index(i))
		}
		return strings.Join(parts, "; ")
	case reflect.Struct:
		var parts []string
		walk(v, func(f field) {
			if !f.value.IsZero() {
				parts = append(parts, f.name+"="+shown(f.value))
			}
		})
		return strings.Join(parts, ",")
	}
	return fmt.Sprint(v.Interface())
}

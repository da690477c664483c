package authoring

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"

	"github.com/rebound-mail/rebound/codebook"
)

// decoder reads YAML nodes into records, strictly: a key that the record does
// not have, or a value of another shape, is a problem with its line.
type decoder struct {
	file     string
	problems Problems
	lines    map[string]int // of the record being read: line by path, such as "match.2"
}

func (d *decoder) complain(n ast.Node, hint, format string, args ...any) {
	d.problems = append(d.problems, Problem{
		Place: Place{d.file, lineOf(n)}, Severity: Error, What: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func lineOf(n ast.Node) int {
	if n == nil {
		return 0
	}
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return lineOf(m.Values[0])
	}
	if v, ok := n.(*ast.MappingValueNode); ok {
		return lineOf(v.Key)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

// entries returns the key and value pairs of a mapping.
func (d *decoder) entries(n ast.Node, what string) []*ast.MappingValueNode {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}
	}
	d.complain(n, "write `key: value` pairs", "%s must be a mapping", what)
	return nil
}

// items returns the elements of a sequence; null stands for none.
func (d *decoder) items(n ast.Node, what string) []ast.Node {
	switch s := n.(type) {
	case *ast.SequenceNode:
		return s.Values
	case *ast.NullNode:
		return nil
	}
	d.complain(n, "start each item with `- `", "%s must be a list", what)
	return nil
}

// scalar returns the text of a scalar as it was written, numbers included.
func (d *decoder) scalar(n ast.Node, what string) string {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value
	case *ast.LiteralNode:
		return strings.TrimRight(s.Value.Value, "\n")
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value
	case *ast.NullNode:
		d.complain(n, "leave the key out, or quote the text", "%s is empty", what)
		return ""
	}
	d.complain(n, "quote it if it begins with a YAML sign such as {, [, &, * or contains `: `", "%s must be plain text", what)
	return ""
}

func isQuoted(n ast.Node) bool {
	_, ok := n.(*ast.StringNode)
	return ok
}

// value reads a node into v. path names the place within the record.
func (d *decoder) value(n ast.Node, v reflect.Value, path string) {
	d.lines[path] = lineOf(n)
	switch {
	case v.Type() == reflect.TypeFor[[]codebook.Name]():
		d.names(n, v, path)
	case v.Kind() == reflect.String:
		v.SetString(d.scalar(n, path))
		if v.String() == "" && !isQuoted(n) {
			delete(d.lines, path) // reported, or nothing
		}
	case v.Kind() == reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			d.complain(n, "write true or false", "%s must be true or false", path)
			return
		}
		v.SetBool(b.Value)
	case v.Kind() == reflect.Slice:
		d.slice(n, v, path)
	case v.Kind() == reflect.Struct:
		d.fields(n, v, path)
	default:
		panic("authoring: no YAML form for " + v.Type().String())
	}
}

func (d *decoder) slice(n ast.Node, v reflect.Value, path string) {
	elem := v.Type().Elem()
	if _, list := n.(*ast.SequenceNode); !list && elem.Kind() == reflect.String {
		v.Set(reflect.MakeSlice(v.Type(), 1, 1)) // a plain string stands for a list of one
		d.value(n, v.Index(0), join(path, "0"))
		return
	}
	nodes := d.items(n, path)
	if len(nodes) == 0 {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(nodes), len(nodes)))
	for i, item := range nodes {
		d.value(item, v.Index(i), join(path, fmt.Sprint(i)))
	}
}

// names reads {system: name, ...}, sorted by system.
func (d *decoder) names(n ast.Node, v reflect.Value, path string) {
	var names []codebook.Name
	for _, e := range d.entries(n, path) {
		system := e.Key.String()
		d.lines[join(path, system)] = lineOf(e)
		names = append(names, codebook.Name{System: system, Name: d.scalar(e.Value, join(path, system))})
	}
	slices.SortStableFunc(names, func(a, b codebook.Name) int { return strings.Compare(a.System, b.System) })
	v.Set(reflect.ValueOf(names))
}

// fields reads a mapping into a struct. skip names keys handled by the caller.
func (d *decoder) fields(n ast.Node, v reflect.Value, path string) {
	known := keysOf(v.Type())
	for _, e := range d.entries(n, cmpPath(path)) {
		key := keyText(e.Key)
		i := slices.Index(known, key)
		if i < 0 {
			d.complain(e, didYouMean(key, authored(known)), "unknown key %q%s", key, within(path))
			continue
		}
		if at := join(path, key); d.lines[at] != 0 {
			d.complain(e, "", "key %q stands twice", key)
			continue
		}
		d.value(e.Value, v.Field(i), join(path, key))
	}
}

// keysOf returns the YAML key of each field; "" for fields not authored there.
func keysOf(t reflect.Type) []string {
	keys := make([]string, t.NumField())
	for i := range keys {
		keys[i] = kebab(t.Field(i).Name)
	}
	hide := func(key string) {
		if i := slices.Index(keys, key); i >= 0 {
			keys[i] = ""
		}
	}
	switch t {
	case reflect.TypeFor[codebook.Phrase]():
		hide("provider")
		keys[slices.Index(keys, "stages")] = "stage"
	case reflect.TypeFor[codebook.Provider]():
		hide("codes") // the file's own top-level key
	}
	return keys
}

// authored drops the fields that are not written in YAML.
func authored(keys []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == "" })
}

// kebab turns a field name into its key: ProviderOnly is provider-only, ID is id.
func kebab(name string) string {
	if name == strings.ToUpper(name) {
		return strings.ToLower(name)
	}
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func keyText(k ast.MapKeyNode) string {
	if s, ok := k.(*ast.StringNode); ok {
		return s.Value
	}
	return k.String()
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func within(path string) string {
	if path == "" {
		return ""
	}
	return " in " + path
}

func cmpPath(path string) string {
	if path == "" {
		return "the record"
	}
	return path
}

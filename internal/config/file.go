package config

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// yaml takes what a file says.
func (l *loader) yaml(path string, text []byte) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		line, what := syntaxError(err)
		l.complain(fmt.Sprintf("%s:%d", path, line), "%s", what)
		return
	}
	y := &yamlReader{loader: l, path: path}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if _, nothing := doc.Body.(*ast.NullNode); nothing {
			continue
		}
		if _, nothing := doc.Body.(*ast.CommentGroupNode); nothing {
			continue
		}
		y.settings(doc.Body)
	}
}

// syntaxError takes line and message out of what the parser says, which draws a
// picture below it.
func syntaxError(err error) (line int, what string) {
	first, _, _ := strings.Cut(err.Error(), "\n")
	m := regexp.MustCompile(`^\[(\d+):\d+\] (.*)$`).FindStringSubmatch(first)
	if m == nil {
		return 1, "no YAML: " + first
	}
	fmt.Sscan(m[1], &line)
	return line, "no YAML: " + m[2]
}

type yamlReader struct {
	*loader
	path string
}

func (y *yamlReader) at(n ast.Node) string {
	line := 1
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		line = t.Position.Line
	}
	return fmt.Sprintf("%s:%d", y.path, line)
}

func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	return nil, false
}

// settings reads the file's mapping.
func (y *yamlReader) settings(n ast.Node) {
	entries, ok := pairs(n)
	if !ok {
		y.complain(y.at(n), "a file of settings holds lines such as `listen: 127.0.0.1:8425`")
		return
	}
	seen := map[string]bool{}
	for _, entry := range entries {
		name := normalKey(keyText(entry))
		if _, known := y.fields[name]; !known {
			y.complain(y.at(entry.Key), "unknown setting %q%s", keyText(entry), didYouMean(name, y.names))
			continue
		}
		if seen[name] {
			y.complain(y.at(entry.Key), "%s is set twice", name)
			continue
		}
		seen[name] = true
		if _, nothing := entry.Value.(*ast.NullNode); nothing {
			continue // a key without value keeps the default
		}
		y.value(name, entry.Value, y.begin(name, y.at(entry.Key)))
	}
}

func keyText(entry *ast.MappingValueNode) string {
	if t := entry.Key.GetToken(); t != nil {
		return t.Value
	}
	return entry.Key.String()
}

// value reads a value, or the elements of a list.
func (y *yamlReader) value(name string, n ast.Node, f field) {
	list, isList := n.(*ast.SequenceNode)
	if f.value.Kind() != reflect.Slice {
		y.scalar(name, n, f)
		return
	}
	if !isList {
		y.element(name, n, f)
		return
	}
	for _, one := range list.Values {
		y.element(name, one, f)
	}
}

// element adds an element to a list: a text, or the properties of an item.
func (y *yamlReader) element(name string, n ast.Node, f field) {
	item, ok := itemType(f.value.Type())
	entries, mapping := pairs(n)
	if !ok || !mapping {
		y.scalar(name, n, f)
		return
	}
	v := reflect.New(item).Elem()
	fill := newItem(v)
	before := len(y.problems)
	for _, entry := range entries {
		y.property(fill, name, entry)
	}
	if err := fill.finish(); err != nil && len(y.problems) == before {
		y.complain(y.at(n), "%s: %v", name, err)
	}
	f.value.Set(reflect.Append(f.value, v))
}

// property sets one property of an item, or several values of it.
func (y *yamlReader) property(fill *itemFiller, name string, entry *ast.MappingValueNode) {
	values := []ast.Node{entry.Value}
	if list, ok := entry.Value.(*ast.SequenceNode); ok {
		values = list.Values
	}
	for _, n := range values {
		text, ok := scalarText(n)
		if !ok {
			y.complain(y.at(n), "%s: %s must be plain text", name, keyText(entry))
			continue
		}
		if err := fill.set(keyText(entry), text); err != nil {
			y.complain(y.at(entry.Key), "%s: %v", name, err)
		}
	}
}

func (y *yamlReader) scalar(name string, n ast.Node, f field) {
	text, ok := scalarText(n)
	if !ok {
		y.complain(y.at(n), "%s must be plain text; quote it if it begins with a YAML sign", name)
		return
	}
	if err := f.set(text); err != nil {
		y.complain(y.at(n), "%s: %v", name, err)
	}
}

// scalarText returns a scalar as it was written, numbers included.
func scalarText(n ast.Node) (string, bool) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(s.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

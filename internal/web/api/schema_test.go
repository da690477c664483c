package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// object is a JSON object of the document.
type object = map[string]any

// validator checks values against schemas of a document: as much of JSON Schema
// as the document uses, and nothing that it does not know goes unnoticed.
type validator struct{ doc object }

func (v *validator) at(ref string) object {
	at := v.doc
	for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		next, ok := at[part].(object)
		if !ok {
			panic("no " + ref)
		}
		at = next
	}
	return at
}

// check returns what is wrong with a value, each with its place.
func (v *validator) check(schema object, value any, place string) (problems []string) {
	if ref, ok := schema["$ref"].(string); ok {
		return v.check(v.at(ref), value, place)
	}
	for _, word := range [...]string{"anyOf", "oneOf"} {
		if list, ok := schema[word].([]any); ok {
			return v.anyOf(list, value, place)
		}
	}
	for word := range schema {
		if !slices.Contains(knownWords(), word) {
			problems = append(problems, place+": the schema has "+word+", which this test does not know")
		}
	}
	if p := checkType3(schema["type"], value); p != "" {
		return append(problems, place+": "+p)
	}
	if list, ok := schema["enum"].([]any); ok && !slices.Contains(list, value) {
		problems = append(problems, fmt.Sprintf("%s: %v is none of %v", place, value, list))
	}
	switch x := value.(type) {
	case string:
		if schema["format"] == "date-time" {
			if t, err := time.Parse(time.RFC3339, x); err != nil || t.IsZero() {
				problems = append(problems, place+": no time: "+x)
			}
		}
	case []any:
		items, _ := schema["items"].(object)
		for i := range x {
			problems = append(problems, v.check(items, x[i], fmt.Sprintf("%s[%d]", place, i))...)
		}
	case object:
		problems = append(problems, v.object(schema, x, place)...)
	}
	return problems
}

func knownWords() []string {
	return []string{"type", "properties", "required", "items", "additionalProperties", "enum", "format", "description", "examples", "minimum", "maximum",
		"minLength", "maxLength", "minItems", "maxItems", "contentEncoding", "default", "uniqueItems"}
}

func (v *validator) anyOf(list []any, value any, place string) (problems []string) {
	for _, s := range list {
		p := v.check(s.(object), value, place)
		if len(p) == 0 {
			return nil
		}
		problems = append(problems, p...)
	}
	return problems
}

func (v *validator) object(schema, value object, place string) (problems []string) {
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := value[name.(string)]; !ok {
			problems = append(problems, place+": "+name.(string)+" is missing")
		}
	}
	properties, _ := schema["properties"].(object)
	for name, x := range value {
		s, ok := properties[name].(object)
		if !ok {
			if more, ok := schema["additionalProperties"].(object); ok {
				problems = append(problems, v.check(more, x, place+"."+name)...)
			} else if properties != nil {
				problems = append(problems, place+"."+name+": is not in the document")
			}
			continue
		}
		problems = append(problems, v.check(s, x, place+"."+name)...)
	}
	return problems
}

func checkType3(want, value any) string {
	if want == nil {
		return ""
	}
	names, ok := want.([]any)
	if !ok {
		names = []any{want}
	}
	is := "null"
	switch x := value.(type) {
	case string:
		is = "string"
	case bool:
		is = "boolean"
	case float64:
		is = "number"
		if x == float64(int64(x)) && slices.Contains(names, any("integer")) {
			is = "integer"
		}
	case []any:
		is = "array"
	case object:
		is = "object"
	}
	if slices.Contains(names, any(is)) {
		return ""
	}
	return fmt.Sprintf("is %s, not %v", is, want)
}

func parsed(s string) (v any, err error) {
	err = json.Unmarshal([]byte(s), &v)
	return v, err
}

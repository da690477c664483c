package authoring

import (
	"reflect"
	"strconv"
	"strings"
)

// eachTextOf shows every string that stands in the records, with its place and
// the path of its field, such as "match.2".
func eachTextOf[T any](entries []Entry[T], f func(at Place, field, text string)) {
	for i := range entries {
		e := &entries[i]
		walk(reflect.ValueOf(&e.Value).Elem(), "", func(path, text string) {
			if _, written := e.lines[path]; written {
				f(e.At(path), path, text)
			}
		})
	}
}

// walk shows every string below v.
func walk(v reflect.Value, path string, f func(path, text string)) {
	switch v.Kind() {
	case reflect.String:
		f(path, v.String())
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), join(path, strconv.Itoa(i)), f)
		}
	case reflect.Struct:
		for i, key := range keysOf(v.Type()) {
			if key != "" {
				walk(v.Field(i), join(path, key), f)
			}
		}
	}
}

// commas writes a list for people.
func commas(words []string) string { return strings.Join(words, ", ") }

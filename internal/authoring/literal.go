package authoring

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
)

// writeLiteral writes v as a Go composite literal without its type where elided
// is set. Zero fields are left out, so that the linker lays the tables out
// statically and small.
func writeLiteral(b *bytes.Buffer, v reflect.Value, elided bool) {
	switch v.Kind() {
	case reflect.String:
		b.WriteString(strconv.Quote(v.String()))
	case reflect.Bool:
		fmt.Fprint(b, v.Bool())
	case reflect.Slice:
		writeSlice(b, v)
	case reflect.Struct:
		if !elided {
			b.WriteString(v.Type().Name())
		}
		writeStruct(b, v)
	default:
		panic("authoring: no literal for " + v.Type().String())
	}
}

func writeSlice(b *bytes.Buffer, v reflect.Value) {
	elem := v.Type().Elem()
	fmt.Fprintf(b, "[]%s{", elem.Name())
	lines := elem.Kind() == reflect.Struct && v.Len() > 0
	for i := range v.Len() {
		switch {
		case lines:
			b.WriteByte('\n')
		case i > 0:
			b.WriteString(", ")
		}
		writeLiteral(b, v.Index(i), true)
		if lines {
			b.WriteByte(',')
		}
	}
	if lines {
		b.WriteByte('\n')
	}
	b.WriteByte('}')
}

func writeStruct(b *bytes.Buffer, v reflect.Value) {
	b.WriteByte('{')
	first := true
	for i := range v.NumField() {
		if v.Field(i).IsZero() || v.Field(i).Kind() == reflect.Slice && v.Field(i).Len() == 0 {
			continue
		}
		if !first {
			b.WriteString(", ")
		}
		first = false
		b.WriteString(v.Type().Field(i).Name + ": ")
		writeLiteral(b, v.Field(i), false)
	}
	b.WriteByte('}')
}

package ndr

import (
	"strings"
	"testing"
)

func TestMarksAreLongEnoughAndInLowerCase(t *testing.T) {
	for _, d := range table {
		for _, m := range d.marks {
			if len(m) < minMark {
				t.Errorf("%s: mark %q is shorter than %d bytes", d.format, m, minMark)
			}
			if m != strings.ToLower(m) {
				t.Errorf("%s: mark %q is not in lower case", d.format, m)
			}
		}
	}
	if len(table) > maxDecoders {
		t.Errorf("%d decoders, room for %d", len(table), maxDecoders)
	}
}

package cli

import (
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/legible"
)

// FuzzExplain checks that any text is explained without a panic and without
// harm to a terminal.
func FuzzExplain(f *testing.F) {
	for _, seed := range []string{"550", "550 5.1.1 no such user", "x.x.x", "4xx 5.7", "\x1b[31m", "host said: <421 4.4.2 x>", "From: a\n\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, args := range [][]string{{"explain", "--trace"}, {"explain", "--lines", "--json"}} {
			var out, errs strings.Builder
			status := Main(args, strings.NewReader(text), &out, &errs)
			if status == exitFailed || status == exitOK && out.Len() == 0 && text != "" {
				t.Fatalf("%q %q: status %d, %q", args, text, status, &errs)
			}
			if said := out.String() + errs.String(); legible.Text(said) != said {
				t.Fatalf("%q %q: harmful: %q", args, text, &out)
			}
		}
	})
}

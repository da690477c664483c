package dsn_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/dsn"
	"github.com/rebound-mail/rebound/mailpart"
)

var update = flag.Bool("update", false, "write testdata/*.want anew")

// TestFamilies reads whole mails; what is read of NAME.eml stands in NAME.want.
func TestFamilies(t *testing.T) {
	names, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no mails in testdata: %v", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			wantFile := strings.TrimSuffix(name, ".eml") + ".want"
			for _, eol := range []string{"\n", "\r\n", "\r"} {
				got := describe(strings.ReplaceAll(string(raw), "\n", eol))
				if *update {
					if err := os.WriteFile(wantFile, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(wantFile)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("line ends %q (-want +got):\n%s", eol, diff)
				}
			}
		})
	}
}

// describe writes everything that is read of a mail.
func describe(mail string) string {
	r, ok := dsn.Read(mailpart.Parse([]byte(mail), mailpart.Limits{}))
	if !ok {
		return "no delivery status\n"
	}
	var out strings.Builder
	line := func(name string, value any) {
		if s := strings.TrimSpace(fmt.Sprint(value)); s != "" && s != "[]" && s != "{  }" && s != "{ }" {
			fmt.Fprintf(&out, "%s: %s\n", name, s)
		}
	}
	line("envelope", r.EnvelopeID)
	line("reporting", r.ReportingMTA)
	line("gateway", r.Gateway)
	line("from", r.ReceivedFromMTA)
	line("arrival", r.ArrivalDate)
	line("other", r.Other)
	line("problems", r.Problems)
	line("text", r.Text.Text())
	if r.Returned != nil {
		line("returned", r.Returned.Header.Get("Message-ID"))
	}
	for _, x := range r.Recipients {
		out.WriteString("\n")
		line("original", x.Original)
		line("final", x.Final)
		line("action", x.Action)
		line("status", x.Status)
		line("remote", x.RemoteMTA)
		line("diagnostic", x.Diagnostic)
		line("last attempt", x.LastAttempt)
		line("retry until", x.WillRetryUntil)
		line("other", x.Other)
	}
	return out.String()
}

package cli

import (
	"bytes"
	"strings"
	"testing"
)

func TestExitStatus(t *testing.T) {
	for _, tc := range []struct {
		args   string
		status int
	}{
		{"--help", exitOK}, {"rules lint --help", exitOK},
		{"", exitUsage}, {"no-such-command", exitUsage}, {"rules", exitUsage}, {"rules lint --no-such-flag", exitUsage},
		{"rules lint /no/such/folder", exitUsage}, {"rules lint testdata/script", exitUsage},
	} {
		var out, errs bytes.Buffer
		if got := Main(strings.Fields(tc.args), strings.NewReader(""), &out, &errs); got != tc.status {
			t.Errorf("rebound %s: exit status %d, want %d\n%s%s", tc.args, got, tc.status, &out, &errs)
		}
		if tc.status != exitOK && (out.Len() > 0 || errs.Len() == 0) {
			t.Errorf("rebound %s: an error belongs to standard error: %q, %q", tc.args, &out, &errs)
		}
	}
}

package app_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/app"
)

var update = flag.Bool("update", false, "write the tables of the documents")

// The table of metrics in docs/operations.md is made of what a server tells.
func TestTheManualHasEveryMetric(t *testing.T) {
	r := start(t, t.TempDir(), app.Options{}, nil)
	path := filepath.Join("..", "..", "docs", "operations.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- metrics: go test ./internal/app -run Manual -update -->\n", "<!-- end of metrics -->"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the metrics", path)
	}
	want := before + begin + metricsTable(r.Metrics()) + end + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the server tells; run: go test ./internal/app -run Manual -update", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func metricsTable(list []app.Metric) string {
	var b strings.Builder
	b.WriteString("| metric | labels | |\n|---|---|---|\n")
	for _, m := range list {
		labels := make([]string, len(m.Labels))
		for i, l := range m.Labels {
			labels[i] = "`" + l + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.Name, strings.Join(labels, " "), m.Help)
	}
	return b.String()
}

// The example alerts ask for metrics that there are.
func TestTheExampleAlertsAskForMetricsThatThereAre(t *testing.T) {
	r := start(t, t.TempDir(), app.Options{}, nil)
	known := map[string]bool{}
	for _, m := range r.Metrics() {
		known[m.Name], known[m.Name+"_bucket"], known[m.Name+"_count"], known[m.Name+"_sum"] = true, true, true, true
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "prometheus-alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, name := range regexp.MustCompile(`\brebound_[a-z_]+`).FindAllString(string(text), -1) {
		asked[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if !known[name] {
			t.Errorf("no metric %s", name)
		}
	}
	if len(asked) < 5 {
		t.Errorf("only %d metrics are asked for: the test looks in the wrong place", len(asked))
	}
}

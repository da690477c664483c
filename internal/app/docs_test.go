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

// Prometheus sees a series rise only if it was there before: one that begins with
// the first failure would raise no alert.
func TestWhatAlertsLookAtIsThereBeforeItHappens(t *testing.T) {
	r := start(t, t.TempDir(), app.Options{}, nil)
	for _, series := range []string{
		`rebound_reports_parked_total{cause="unreadable",source="http"} `, `rebound_reports_refused_total{source="smtp"} `,
		`rebound_store_errors_total{operation="apply"} `, "rebound_panics_total ",
	} {
		if got := r.metric(series); got != "0" {
			t.Errorf("%s%q", series, got)
		}
	}
}

// Whoever may ask must not be able to raise an alert about the store.
func TestWhatAClientAsksWronglyIsNoErrorOfTheStore(t *testing.T) {
	r := start(t, t.TempDir(), app.Options{}, nil)
	for path, want := range map[string]int{"/v1/events?cursor=AAAA": 422, "/v1/suppressions?cursor=AAAA": 422, "/v1/recipients/nobody": 422} {
		if status, text := r.get(path); status != want {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	for _, operation := range []string{"events", "suppressions", "recipient"} {
		if got := r.metric(`rebound_store_errors_total{operation="` + operation + `"} `); got != "0" {
			t.Errorf("%s: %q errors", operation, got)
		}
	}
}

package operator

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// slow is a store that does each step when it is told to.
type slow struct {
	step  chan struct{}
	added int
}

func (s *slow) Check(ctx context.Context, keys []policy.Key) ([]policy.Answer, error) {
	select {
	case <-s.step:
		return make([]policy.Answer, len(keys)), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *slow) AddSuppressions(_ context.Context, blocks []store.Block) ([]policy.Answer, error) {
	s.added += len(blocks)
	return make([]policy.Answer, len(blocks)), nil
}

// list is an upload of so many addresses.
func list(t *testing.T, n int) *upload {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "list"))
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for i := range n {
		lines.WriteString("kim" + strconv.Itoa(i) + "@example.org\n")
	}
	size, err := f.WriteString(lines.String())
	if err != nil {
		t.Fatal(err)
	}
	return &upload{file: f, name: "list", size: int64(size)}
}

// reaches waits for a stage.
func reaches(t *testing.T, i *imports, id string, want stage) importView {
	t.Helper()
	for range 5000 {
		if v, ok := i.view(id, "me"); ok && v.Stage == want {
			return v
		}
		time.Sleep(time.Millisecond)
	}
	v, _ := i.view(id, "me")
	t.Fatalf("never %s: %+v", want, v)
	return importView{}
}

func TestAnImportShowsHowFarItIs(t *testing.T) {
	to, i := &slow{step: make(chan struct{})}, newImports(2)
	defer func() { _ = i.close() }()
	id, err := i.begin(to, "me", list(t, 20_000), store.Import{Format: store.NDJSON}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if v := reaches(t, i, id, stageChecking); !v.Running {
		t.Errorf("%+v", v)
	}
	if err := i.confirm(to, id, "me"); err == nil {
		t.Error("confirmed before the preview")
	}
	if _, ok := i.cancel(id, "me"); !ok {
		t.Error("a preview cannot be stopped")
	}
	if id, err = i.begin(to, "me", list(t, 20_000), store.Import{Format: store.CSV}, time.Now); err != nil {
		t.Fatal(err)
	}
	to.step <- struct{}{}
	before := reaches(t, i, id, stageChecking)
	for range 20 {
		to.step <- struct{}{}
	}
	if v := reaches(t, i, id, stageChecking); v.Read <= before.Read || v.Read >= v.Size {
		t.Errorf("%d bytes of %d read after %d", v.Read, v.Size, before.Read)
	}
	close(to.step)
	if v := reaches(t, i, id, stagePreviewed); v.Preview.Added != 20_000 || to.added != 0 {
		t.Errorf("%+v, %d added", v.Preview, to.added)
	}
	if err := i.confirm(to, id, "me"); err != nil {
		t.Fatal(err)
	}
	if v := reaches(t, i, id, stageDone); v.Report.Added != 20_000 || v.Running {
		t.Errorf("%+v", v.Report)
	}
}

func TestAnImportIsStopped(t *testing.T) {
	to, i := &slow{step: make(chan struct{}, 100)}, newImports(2)
	defer func() { _ = i.close() }()
	for range 43 { // 40 for the preview of 20,000 lines
		to.step <- struct{}{}
	}
	id, err := i.begin(to, "me", list(t, 20_000), store.Import{Format: store.CSV}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	reaches(t, i, id, stagePreviewed)
	if err := i.confirm(to, id, "me"); err != nil {
		t.Fatal(err)
	}
	for len(to.step) > 0 {
		time.Sleep(time.Millisecond)
	}
	report, ok := i.cancel(id, "me")
	if !ok || report.Added != int64(to.added) || to.added > 1500 {
		t.Errorf("%+v, %d added", report, to.added)
	}
	if _, ok := i.view(id, "me"); ok {
		t.Error("it is there still")
	}
}

func TestAnImportEndsWithTheServer(t *testing.T) {
	to, i := &slow{step: make(chan struct{})}, newImports(2)
	id, err := i.begin(to, "me", list(t, 1000), store.Import{Format: store.CSV}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.close(); err != nil {
		t.Fatal(err)
	}
	if _, ok := i.view(id, "me"); ok {
		t.Error("it is there still")
	}
	if _, err := i.begin(to, "me", list(t, 1), store.Import{}, time.Now); err == nil {
		t.Error("another one begins")
	}
}

package browsertest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/analyzer"
	"github.com/rebound-mail/rebound/internal/web/ui/lookup"
)

// serve starts the public pages.
func serve(t *testing.T) string {
	t.Helper()
	shell, err := ui.New(ui.Options{})
	if err != nil {
		t.Fatal(err)
	}
	look, err := lookup.New(lookup.Options{Shell: shell})
	if err != nil {
		t.Fatal(err)
	}
	analyze, err := analyzer.New(analyzer.Options{Shell: shell})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/analyze", analyze)
	mux.Handle("/", look)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// chromium finds the browser, or skips.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("REBOUND_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium here: apt-get install chromium, or make test-tools")
	return ""
}

// browser starts Chromium with a profile of its own, which ends with the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	flags := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("hide-scrollbars", true),
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, flags...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser to end, so that its profile can be removed
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return ctx
}

// screen is what a page is looked at with.
type screen struct {
	name          string
	width, height int64
	dark          bool
	phone         bool
}

func screens() []screen {
	return []screen{
		{name: "desk-light", width: 1280, height: 900}, {name: "desk-dark", width: 1280, height: 900, dark: true},
		{name: "phone-light", width: 390, height: 844, phone: true}, {name: "phone-dark", width: 390, height: 844, phone: true, dark: true},
	}
}

// use sets the screen and the colour scheme.
func (s screen) use(ctx context.Context, t *testing.T) {
	t.Helper()
	scheme, scale := "light", 1.0
	if s.dark {
		scheme = "dark"
	}
	if s.phone {
		scale = 2
	}
	_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: s.width, Height: s.height, DeviceScaleFactor: scale, Mobile: s.phone})
	if err != nil {
		t.Fatal(err)
	}
	_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	if err != nil {
		t.Fatal(err)
	}
}

// do runs steps one after the other.
func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// get runs a step that has a value.
func get[T any](ctx context.Context, t *testing.T, step chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

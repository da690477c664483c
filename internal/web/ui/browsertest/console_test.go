package browsertest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// console keeps what a page complains about: errors of scripts and whatever the
// Content-Security-Policy kept from happening.
type console struct {
	mu       sync.Mutex
	messages []string
}

// listen begins to listen.
func listen(ctx context.Context) *console {
	c := &console{}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			c.mu.Lock()
			c.messages = append(c.messages, string(m.Type)+": "+m.Text)
			c.mu.Unlock()
		}
	}()
	return c
}

// quiet fails if there was a complaint.
func (c *console) quiet(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.messages {
		t.Errorf("the console says: %s", m)
	}
	c.messages = nil
}

// eval runs an expression in the page.
func eval[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	return get(ctx, t, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// waitFor waits until an expression is true.
func waitFor(ctx context.Context, t *testing.T, expression string) {
	t.Helper()
	for range 200 {
		v, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)) // fails while a page is being loaded
		if err == nil && v {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("never true: %s", expression)
}

// mainText is what the page shows.
func mainText(ctx context.Context, t *testing.T) string {
	t.Helper()
	return eval[string](ctx, t, `document.querySelector("main").innerText`)
}

// shows fails unless the page shows all of the texts.
func shows(ctx context.Context, t *testing.T, texts ...string) {
	t.Helper()
	page := mainText(ctx, t)
	if missing := slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return strings.Contains(page, s) }); len(missing) > 0 {
		t.Errorf("the page does not show %q: %.600s", missing, page)
	}
}

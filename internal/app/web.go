package app

import (
	"fmt"
	"net/http"

	"github.com/rebound-mail/rebound/internal/web/api"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/analyzer"
	"github.com/rebound-mail/rebound/internal/web/ui/lookup"
	"github.com/rebound-mail/rebound/internal/web/ui/operator"
)

// api makes the REST interface.
func (a *App) api() (http.Handler, error) {
	return api.New(api.Options{
		Store: a.store, Spool: a.spool, Gate: a.gate, Now: a.now, Settings: a.settings, Classifier: a.classifier, Hook: a.hooks.Receive,
		Reputation: a.reputation, Sources: a.statuses,
		Pipeline: a.pipelineStatus, Logger: a.log.With("part", "api"), Version: a.version, TempDir: a.dir,
		Limits: api.Limits{Report: int64(a.config.Spool.MaxReport)},
	})
}

// pages makes what people open in a browser.
func (a *App) pages() (http.Handler, error) {
	shell, err := ui.New(ui.Options{
		Base: a.config.Server.PublicURL, Version: a.version, More: []ui.Link{{Href: operator.Prefix, Text: "Operator", Section: "operator"}},
	})
	if err != nil {
		return nil, fmt.Errorf("%s: public-url: %w", a.config.Origin("public-url"), err)
	}
	look, err := lookup.New(lookup.Options{Book: a.classifier.Book(), Classifier: a.classifier, Shell: shell})
	if err != nil {
		return nil, err
	}
	read, err := analyzer.New(analyzer.Options{Classifier: a.classifier, Shell: shell, Now: a.now})
	if err != nil {
		return nil, err
	}
	own, err := a.operatorPages(shell)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle(operator.Prefix, own)
	mux.Handle("/analyze", read)
	mux.Handle("/", look)
	return mux, nil
}

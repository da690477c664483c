package app

import (
	"net/http"
	"strings"

	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/operator"
)

// operatorPages makes the pages of who runs the server.
func (a *App) operatorPages(shell *ui.Shell) (http.Handler, error) {
	pages, err := operator.New(operator.Options{
		Store: a.store, Spool: a.spool, Gate: a.gate, Reputation: a.reputation, Shell: shell, Now: a.now, Settings: a.settings, Classifier: a.classifier,
		Sources: a.statuses, Pipeline: a.operatorPipeline, Config: a.operatorSettings,
		Secure:  a.certificates != nil || strings.HasPrefix(a.config.Server.PublicURL, "https:"),
		TempDir: a.dir, Logger: a.log.With("part", "operator"),
	})
	if err != nil {
		return nil, err
	}
	a.later("the operator's pages", pages.Close)
	return pages, nil
}

func (a *App) operatorPipeline() operator.Pipeline {
	s := a.pipelineStatus()
	return operator.Pipeline{State: s.State, Problem: s.Problem, Since: s.Since, Reports: s.Done, Events: s.Events}
}

func (a *App) operatorSettings() []operator.Setting {
	values := a.config.Values()
	list := make([]operator.Setting, len(values))
	for i := range values {
		v := &values[i]
		list[i] = operator.Setting{Section: v.Section, Name: v.Name, Value: v.Value, Default: v.Default, Origin: v.Origin, Help: v.Help}
	}
	return list
}

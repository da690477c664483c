package operator

import (
	"slices"

	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/operator/chart"
)

// reputationView is the page about a dimension, or about one value of it.
type reputationView struct {
	Dimension store.Dimension
	Title     string
	Value     string
	Windows   []tab
	Table     *tableView // of all values
	Orders    []tab
	Figures   []figure
	Charts    []chart.Chart
	Reasons   []reasonRow
	Delays    []reputation.ReasonCount
	Events    string // where its events are
	About     string // the page of the codebook about it
}

// valueRows is how many values a page lists.
const valueRows = 200

func (o *Operator) reputationPage(v *visit) error {
	d := store.Dimension(v.query("dimension"))
	if !slices.Contains(dimensions(), d) {
		return errNoPage
	}
	if value := v.query("value"); value != "" {
		return o.valuePage(v, d, value)
	}
	w, order := windowOf(v), reputation.Order(v.query("order"))
	if order == "" {
		order = reputation.ByBounced
	}
	t, err := o.o.Reputation.Table(v.r.Context(), reputation.Query{Dimension: d, Window: w, Limit: valueRows, Order: order, Compare: true})
	if err != nil {
		return err
	}
	table := newTable(&t, w, valueRows)
	table.Full = true
	path := Prefix + "reputation"
	view := reputationView{Dimension: d, Title: dimensionWords(d), Table: &table, Windows: windowTabs(w, path, "dimension", string(d), "order", string(order))}
	for _, one := range [...]struct {
		order reputation.Order
		text  string
	}{{reputation.ByBounced, "most bounces"}, {reputation.ByBounceRate, "highest bounce rate"}, {reputation.ByComplaintRate, "highest complaint rate"},
		{reputation.ByBlockRate, "most refused"}, {reputation.ByAttempted, "most mail"}, {reputation.ByValue, "name"}} {
		view.Orders = append(view.Orders, tab{link(path, "dimension", string(d), "window", string(w), "order", string(one.order)), one.text, one.order == order})
	}
	p := v.page(view.Title, "dashboard", view)
	p.Crumbs = []ui.Link{{Href: Prefix, Text: "Dashboard"}}
	return v.show("reputation", p)
}

// valuePage is about one value of a dimension.
func (o *Operator) valuePage(v *visit, d store.Dimension, value string) error {
	ctx, w := v.r.Context(), windowOf(v)
	t, err := o.o.Reputation.Table(ctx, reputation.Query{Dimension: d, Value: value, Window: w, Compare: true, Limit: 1})
	if err != nil {
		return err
	}
	s, err := o.o.Reputation.Series(ctx, reputation.Query{Dimension: d, Value: value, Window: w})
	if err != nil {
		return err
	}
	overview, err := o.o.Reputation.Overview(ctx, o.o.Now())
	if err != nil {
		return err
	}
	if len(t.Rows) == 0 {
		return errNoPage
	}
	c := &t.Rows[0]
	view := reputationView{Dimension: d, Value: value, Title: s.Name, Figures: figures(c, w), Reasons: reasonRows(c), Delays: c.Row.Delays,
		Charts: charts("v", &s, &overview), Windows: windowTabs(w, Prefix+"reputation", "dimension", string(d), "value", value)}
	switch d {
	case store.ByProvider:
		view.Events = link(Prefix+"events", "provider", value)
		if p, ok := o.x.Book.Provider(value); ok {
			view.About = ui.ProviderHref(p)
		}
	case store.BySenderDomain:
		view.Events = link(Prefix+"events", "sender_domain", value)
	case store.ByStream:
		view.Events = link(Prefix+"events", "stream", value)
	}
	p := v.page(view.Title, "dashboard", view)
	p.Crumbs = []ui.Link{{Href: Prefix, Text: "Dashboard"}, {Href: link(Prefix+"reputation", "dimension", string(d)), Text: dimensionWords(d)}}
	return v.show("value", p)
}

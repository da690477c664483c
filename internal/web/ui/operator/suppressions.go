package operator

import (
	"net/url"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// suppressionsView is the list, and what is chosen of it.
type suppressionsView struct {
	Domain, Stream, From, To string
	Probation, Newest        bool
	Grounds, Reasons         []choice
	Wrong                    string
	Items                    []store.Suppression
	First, Next              string
	Total                    int64
	CSV, NDJSON              string // where the same choice is exported
	Filtered                 bool
}

const suppressionRows = 50

func (o *Operator) suppressions(v *visit) error {
	view, f := o.suppressionFilter(v)
	p := v.page("Suppressions", "suppressions", &view)
	if view.Wrong != "" {
		return v.show("suppressions", p)
	}
	items, next, err := o.o.Store.Suppressions(v.r.Context(), f, v.query("cursor"), suppressionRows)
	if err != nil {
		return err
	}
	stats, err := o.o.Store.Stats(v.r.Context())
	if err != nil {
		return err
	}
	view.Items, view.Total = items, stats.Suppressions
	view.First, view.Next = pager(v, next)
	return v.show("suppressions", p)
}

// suppressionFilter reads what an address chooses.
func (o *Operator) suppressionFilter(v *visit) (suppressionsView, store.SuppressionFilter) {
	q := func(name string) string { return store.Cut(v.query(name), maxNote) }
	view := suppressionsView{Domain: q("domain"), Stream: q("stream"), From: q("from"), To: q("to"), Probation: q("probation") != "", Newest: q("newest") != ""}
	view.Grounds = choices(q("ground"), [2]string{"", "any"}, [2]string{"address", groundWords(policy.GroundAddress)}, [2]string{"block", groundWords(policy.GroundBlock)},
		[2]string{"objection", groundWords(policy.GroundObjection)}, [2]string{"failures", groundWords(policy.GroundFailures)})
	view.Reasons = o.reasonChoices(q("reason"), "any")
	f := store.SuppressionFilter{Ground: policy.Ground(q("ground")), Reason: codebook.Reason(q("reason")), Domain: view.Domain,
		Stream: policy.StreamName(view.Stream), Probation: view.Probation, Newest: view.Newest}
	var ok bool
	if f.From, ok = dayOf(view.From); !ok {
		view.Wrong = "“from” is no date."
	}
	if f.To, ok = dayOf(view.To); !ok {
		view.Wrong = "“until” is no date."
	}
	if !f.To.IsZero() {
		f.To = f.To.Add(24 * time.Hour) // the day itself, too
	}
	chosen := url.Values{}
	for _, name := range []string{"domain", "stream", "from", "to", "probation", "ground", "reason"} {
		if q(name) != "" {
			chosen.Set(name, q(name))
		}
	}
	view.Filtered = len(chosen) > 0
	chosen.Set("format", "csv")
	view.CSV = Prefix + "suppressions/export?" + chosen.Encode()
	chosen.Set("format", "ndjson")
	view.NDJSON = Prefix + "suppressions/export?" + chosen.Encode()
	return view, f
}

// export sends the list as a file, as a stream.
func (o *Operator) export(v *visit) error {
	view, f := o.suppressionFilter(v)
	if view.Wrong != "" {
		return mistaken("%s", view.Wrong)
	}
	format, media := store.NDJSON, "application/x-ndjson"
	if v.query("format") == "csv" {
		format, media = store.CSV, "text/csv; charset=utf-8; header=present"
	}
	o.o.Shell.Secure(v.w)
	h := v.w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", `attachment; filename="suppressions-`+o.o.Now().UTC().Format("20060102")+"."+string(format)+`"`)
	out := &counting{w: v.w}
	if _, err := store.Export(v.r.Context(), o.o.Store, out, format, f); err != nil {
		return out.broken(err)
	}
	return nil
}

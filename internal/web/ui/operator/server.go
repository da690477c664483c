package operator

import (
	"slices"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/ui"
)

func (o *Operator) server(v *visit) error {
	w, err := o.work(v.r.Context())
	if err != nil {
		return err
	}
	return v.show("server", v.page("Server", "server", w))
}

// listRows is how many entries the lists of the server have a page.
const listRows = 50

// deadView lists messages that were given up.
type deadView struct {
	Items       []store.Outgoing
	First, Next string
}

func (o *Operator) deadLetters(v *visit) error {
	list, next, err := o.o.Store.DeadLetters(v.r.Context(), v.query("cursor"), listRows)
	if err != nil {
		return err
	}
	view := deadView{Items: list}
	view.First, view.Next = pager(v, next)
	return v.show("dead-letters", v.page("Dead letters", "server", view))
}

func (o *Operator) revive(v *visit) error {
	ids := v.r.PostForm["id"]
	if len(ids) == 0 {
		return mistaken("Choose the messages that are to be tried again.")
	}
	if err := o.o.Store.Revive(v.r.Context(), ids[:min(len(ids), 1000)]); err != nil {
		return err
	}
	return v.goOn(Prefix+"dead-letters", ui.ToneGood, "They are tried again now.")
}

// parkedView lists reports kept aside.
type parkedView struct {
	Items       []spool.Parked
	First, Next string
}

func (o *Operator) parked(v *visit) error {
	list, next, err := o.o.Spool.Parked(v.r.Context(), v.query("cursor"), listRows)
	if err != nil {
		return err
	}
	view := parkedView{Items: list}
	view.First, view.Next = pager(v, next)
	return v.show("parked", v.page("Parked reports", "server", view))
}

// parkedReportView is one report kept aside.
type parkedReportView struct {
	spool.Parked
	Raw *rawView
}

func (o *Operator) parkedReport(v *visit) error {
	p, err := o.o.Spool.ParkedReport(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	page := v.page("Parked report", "server", parkedReportView{p, newRaw(p.Body, o.o.Limits.Raw)})
	page.Crumbs = []ui.Link{{Href: Prefix + "parked", Text: "Parked reports"}}
	return v.show("parked-report", page)
}

func (o *Operator) parkedFile(v *visit) error {
	p, err := o.o.Spool.ParkedReport(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	v.file("report.txt", p.Body)
	return nil
}

func (o *Operator) requeue(v *visit) error {
	if err := o.o.Spool.Requeue(v.r.Context(), v.r.PathValue("id")); err != nil {
		return err
	}
	return v.goOn(Prefix+"parked", ui.ToneGood, "The report is processed again. If that fails again, it comes back here.")
}

func (o *Operator) drop(v *visit) error {
	id := v.r.PathValue("id")
	if v.field("sure") != "yes" {
		return mistaken("Nothing was removed. Tick the box to say that the report is to be removed for good.")
	}
	if err := o.o.Spool.Drop(v.r.Context(), id); err != nil {
		return err
	}
	return v.goOn(Prefix+"parked", ui.ToneGood, "The report is removed.")
}

// tokensView lists tokens, and shows one that was just made.
type tokensView struct {
	Items     []tokenRow
	Open      bool
	Secret    string
	Made      *store.Token
	OpenEnded bool // that one ended open mode
}

// tokenRow is one token.
type tokenRow struct {
	store.Token
	State string
	Tone  ui.Tone
	Ours  bool // of this log-in
}

func (o *Operator) tokensPage(v *visit, view tokensView) error {
	list, err := o.o.Store.Tokens(v.r.Context())
	if err != nil {
		return err
	}
	now := o.o.Now()
	for _, t := range list {
		row := tokenRow{Token: t, State: "holds", Tone: ui.ToneGood, Ours: t.ID == v.who.ID}
		switch {
		case !t.Revoked.IsZero():
			row.State, row.Tone = "revoked", ui.ToneNeutral
		case !t.Valid(now):
			row.State, row.Tone = "expired", ui.ToneNeutral
		}
		view.Items = append(view.Items, row)
	}
	view.Open = v.open() && len(list) == 0
	return v.show("tokens", v.page("Tokens", "server", view))
}

func (o *Operator) tokens(v *visit) error { return o.tokensPage(v, tokensView{}) }

// addToken makes a token. Its secret is in this answer and nowhere else, so no
// other page follows.
func (o *Operator) addToken(v *visit) error {
	name := v.field("name")
	if name == "" || len(name) > 100 {
		return mistaken("A token needs a name of 100 bytes at most, which says whose it is.")
	}
	var scopes []store.Scope
	for _, s := range v.r.PostForm["scope"] {
		scope, ok := store.ParseScope(s)
		if !ok {
			return mistaken("There is no scope %q.", store.Cut(s, 40))
		}
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	if len(scopes) == 0 {
		return mistaken("Choose what the token allows.")
	}
	if v.open() && !slices.Contains(scopes, store.ScopeAdmin) {
		return mistaken("The first token ends the time in which nobody has to log in, so it needs the scope admin: else nobody could.")
	}
	now := o.o.Now()
	secret, t := store.NewToken(name, scopes, now)
	if days := v.field("days"); days != "" {
		length, err := time.ParseDuration(days + "h")
		if err != nil || length <= 0 || length > 36500*time.Hour {
			return mistaken("For how many days the token holds is a number from 1 to 36500, or empty.")
		}
		t.Expires = now.Add(24 * length)
	}
	if err := o.o.Store.AddToken(v.r.Context(), t); err != nil {
		return err
	}
	o.o.Gate.Changed()
	o.log.Info("a token was made", "token", t.ID, "name", t.Name, "by", v.who.ID)
	return o.tokensPage(v, tokensView{Secret: secret, Made: &t, OpenEnded: v.open()})
}

func (o *Operator) revokeToken(v *visit) error {
	id := v.field("id")
	if err := o.o.Store.RevokeToken(v.r.Context(), id); err != nil {
		return err
	}
	o.o.Gate.Changed()
	o.log.Info("a token was revoked", "token", id, "by", v.who.ID)
	return v.goOn(Prefix+"tokens", ui.ToneGood, "Revoked. Whoever shows it is refused from now on.")
}

// settingsView lists the settings by section.
type settingsView struct{ Sections []settingsSection }

type settingsSection struct {
	Name  string
	Items []Setting
}

func (o *Operator) settings(v *visit) error {
	var view settingsView
	for _, s := range o.o.Config() {
		last := len(view.Sections) - 1
		if last < 0 || view.Sections[last].Name != s.Section {
			view.Sections = append(view.Sections, settingsSection{Name: s.Section})
			last++
		}
		view.Sections[last].Items = append(view.Sections[last].Items, s)
	}
	return v.show("settings", v.page("Settings", "server", view))
}

package operator

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/internal/web/ui"
)

// visit is a request of somebody who was let in.
type visit struct {
	o       *Operator
	w       http.ResponseWriter
	r       *http.Request
	who     auth.Principal
	session string   // the id; "" in open mode
	secret  [32]byte // of forms
}

// handler answers a visit. An error is answered with a page that tells it.
type handler func(*visit) error

// maxForm is how large a form may be that is no upload.
const maxForm = 64 << 10

func (o *Operator) get(path string, h handler) {
	o.mux.HandleFunc("GET "+Prefix+path, func(w http.ResponseWriter, r *http.Request) { o.visit(w, r, h) })
}

// post serves forms; they are read, and found genuine, before the handler.
func (o *Operator) post(path string, h handler) {
	o.stream(path, func(v *visit) error {
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
		if err := v.r.ParseForm(); err != nil {
			return err
		}
		if !unmasks(v.r.PostForm.Get("csrf"), v.secret) {
			return errForged
		}
		return h(v)
	})
}

// stream serves forms that the handler reads, and has to find genuine, by itself.
func (o *Operator) stream(path string, h handler) {
	o.mux.HandleFunc("POST "+Prefix+path, func(w http.ResponseWriter, r *http.Request) {
		o.visit(w, r, func(v *visit) error {
			if err := o.cross.Check(r); err != nil {
				return errForged
			}
			return h(v)
		})
	})
}

func (o *Operator) visit(w http.ResponseWriter, r *http.Request, h handler) {
	v, err := o.enter(w, r)
	if err != nil {
		o.turnAway(w, r, err)
		return
	}
	if err := h(v); err != nil {
		v.fail(err)
	}
}

// errLogIn is that somebody has to log in.
var errLogIn = errors.New("operator: not logged in")

// enter says who asks: by the session or, while no token was ever made, as the gate
// lets in.
func (o *Operator) enter(w http.ResponseWriter, r *http.Request) (*visit, error) {
	v := &visit{o: o, w: w, r: r}
	if cookie, err := r.Cookie(o.cookieName(r)); err == nil {
		if found, ok := o.sessions.find(cookie.Value, o.o.Now()); ok {
			v.session, v.secret = cookie.Value, found.csrf
			return v, v.hold(found.token)
		}
	}
	p, err := o.o.Gate.Open(r)
	var refusal *auth.Refusal
	if errors.As(err, &refusal) && refusal.Problem == auth.Unauthorized {
		return nil, errLogIn
	}
	v.who, v.secret = p, o.derived("open")
	return v, err
}

// hold finds out whether the token of a session still holds.
func (v *visit) hold(token string) error {
	p, err := v.o.o.Gate.Holds(v.r.Context(), token)
	var refusal *auth.Refusal
	if errors.As(err, &refusal) && refusal.Problem == auth.Unauthorized || err == nil && !p.Allows(store.ScopeAdmin) {
		v.o.sessions.end(v.session)
		return errLogIn
	}
	v.who = p
	return err
}

// turnAway answers somebody who was not let in.
func (o *Operator) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errLogIn) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, Prefix+"login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
			return
		}
		o.logInPage(w, r, http.StatusUnauthorized, "", "Your log-in has ended, so nothing was done. Log in, and do it again.")
		return
	}
	status, title, what := o.explained(r, err)
	o.o.Shell.Problem(w, r, status, title, what)
}

// open reports whether nobody has to log in.
func (v *visit) open() bool { return v.session == "" }

// page is what all pages have.
func (v *visit) page(title, section string, body any) ui.Page {
	p := ui.Page{Title: title, Section: section, NoIndex: true, Wide: true, Nav: navigation(), Styles: styles(), CSRF: masked(v.secret), Body: body,
		Path: v.r.URL.Path, Flashes: v.o.notes.take(v.r.URL.Query().Get("told"), v.who.ID, v.o.o.Now())}
	if !v.open() {
		p.Account = &ui.Account{Name: v.who.Name, LogOut: Prefix + "logout"}
	}
	return p
}

// show answers with a page.
func (v *visit) show(name string, p ui.Page) error {
	v.o.pages.Send(v.w, v.r, http.StatusOK, "", name, p)
	return nil
}

// goOn ends a form: the page that follows says what was done, and can be loaded
// again without doing it again.
func (v *visit) goOn(to string, tone ui.Tone, text string) error {
	id := v.o.notes.put(v.who.ID, ui.Flash{Tone: tone, Text: text}, v.o.o.Now())
	mark := "?"
	if strings.Contains(to, "?") {
		mark = "&"
	}
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, to+mark+"told="+id, http.StatusSeeOther)
	return nil
}

// field is a value of the form, without blanks around it.
func (v *visit) field(name string) string { return strings.TrimSpace(v.r.PostForm.Get(name)) }

// query is a value of the address.
func (v *visit) query(name string) string { return strings.TrimSpace(v.r.URL.Query().Get(name)) }

// link is a path with a query; empty values are left out.
func link(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

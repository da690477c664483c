package operator

import (
	"errors"
	"net/http"
	"strings"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/internal/web/ui"
)

// secure reports whether cookies are for https only.
func (o *Operator) secure(r *http.Request) bool { return o.o.Secure || r.TLS != nil }

// cookieName is the name of the session's cookie. One with the prefix __Host- can be
// set by this host alone, and over https alone (RFC 6265bis section 4.1.3.2).
func (o *Operator) cookieName(r *http.Request) string {
	if o.secure(r) {
		return "__Host-rebound-session"
	}
	return "rebound-session"
}

// formCookie is the cookie that belongs to the log-in form.
func (o *Operator) formCookie(r *http.Request) string {
	return strings.Replace(o.cookieName(r), "session", "login", 1)
}

func (o *Operator) setCookie(w http.ResponseWriter, r *http.Request, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: o.secure(r),
	})
}

// logInView is what the log-in page shows.
type logInView struct {
	Next  string
	Error string
	// Came is that somebody follows a link from elsewhere: the browser keeps the
	// cookie back then, and they may be logged in.
	Came bool
}

// nextOf is where to go after the log-in: a path below Prefix, nothing else.
func nextOf(next string) string {
	if !strings.HasPrefix(next, Prefix) || strings.HasPrefix(next, Prefix+"log") || strings.ContainsAny(next, "\\\r\n") {
		return Prefix
	}
	return next
}

// logInPage answers with the form.
func (o *Operator) logInPage(w http.ResponseWriter, r *http.Request, status int, next, problem string) {
	name := o.formCookie(r)
	value := ""
	if cookie, err := r.Cookie(name); err == nil && len(cookie.Value) == 43 {
		value = cookie.Value
	} else {
		value = random()
	}
	o.setCookie(w, r, name, value, 3600)
	o.pages.Send(w, r, status, "", "login", ui.Page{
		Title: "Log in", NoIndex: true, Styles: styles(), Path: Prefix + "login", CSRF: masked(o.derived("login " + value)),
		Body: logInView{Next: nextOf(next), Error: problem, Came: r.Header.Get("Sec-Fetch-Site") == "cross-site"},
	})
}

func (o *Operator) loginForm(w http.ResponseWriter, r *http.Request) {
	next := nextOf(r.URL.Query().Get("next"))
	if _, err := o.enter(w, r); err == nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	} else if !errors.Is(err, errLogIn) {
		o.turnAway(w, r, err)
		return
	}
	o.logInPage(w, r, http.StatusOK, next, "")
}

// login takes a token, and begins a session under a new id. How often somebody may
// guess is the gate's to bound.
func (o *Operator) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	cookie, err := r.Cookie(o.formCookie(r))
	if err != nil || o.cross.Check(r) != nil || r.ParseForm() != nil || !unmasks(r.PostForm.Get("csrf"), o.derived("login "+cookie.Value)) {
		o.logInPage(w, r, http.StatusForbidden, "", "The form was not from here, or too old; or the browser keeps no cookies. Try again.")
		return
	}
	next := nextOf(r.PostForm.Get("next"))
	p, err := o.o.Gate.Login(r, strings.TrimSpace(r.PostForm.Get("token")))
	var refusal *auth.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Problem == auth.Unauthorized:
		o.logInPage(w, r, http.StatusUnauthorized, next, "That token does not hold. A token begins with rbd_; it may have been revoked, or have expired.")
		return
	case errors.As(err, &refusal) && refusal.RetryAfter > 0:
		w.Header().Set("Retry-After", retryAfter(refusal))
		o.logInPage(w, r, refusal.Status, next, "Too many tokens that did not hold came from here. Wait "+retryAfter(refusal)+" seconds.")
		return
	case err != nil:
		o.turnAway(w, r, err)
		return
	case !p.Allows(store.ScopeAdmin):
		o.logInPage(w, r, http.StatusForbidden, next, "These pages need a token with the scope admin. Make one with: rebound token add NAME --scope admin")
		return
	}
	if old, err := r.Cookie(o.cookieName(r)); err == nil {
		o.sessions.end(old.Value)
	}
	o.setCookie(w, r, o.cookieName(r), o.sessions.begin(p.ID, o.o.Now()), 0)
	o.setCookie(w, r, o.formCookie(r), "", -1)
	o.log.Info("somebody logged in", "token", p.ID, "name", p.Name, "client", o.o.Gate.Client(r))
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// logout ends the session.
func (o *Operator) logout(v *visit) error {
	o.sessions.end(v.session)
	o.setCookie(v.w, v.r, o.cookieName(v.r), "", -1)
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, Prefix+"login", http.StatusSeeOther)
	return nil
}

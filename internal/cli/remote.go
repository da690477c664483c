package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/config"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// remoteDesk is a server that is asked through its API.
type remoteDesk struct {
	base   string
	token  string
	client *http.Client
}

// newRemoteDesk reaches a server. Pin is the SHA-256 of its certificate, where
// that is known from the server itself.
func newRemoteDesk(base, token, pin string) (*remoteDesk, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, usage("--server: %q is no address such as https://bounces.example.com", base)
	}
	if u.Scheme == "http" && token != "" && !config.IsLoopback(u.Hostname()) {
		return nil, usage("--server: by http the token would be sent for all to read; use https")
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: 10 * time.Minute, TLSHandshakeTimeout: 30 * time.Second}
	if pin != "" {
		transport.Proxy = nil
		transport.TLSClientConfig = pinned(pin)
	}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("the server sends elsewhere; give --server the address it is reached at itself")
	}}
	return &remoteDesk{strings.TrimSuffix(u.String(), "/"), token, client}, nil
}

// pinned believes the one certificate alone, whatever names it has.
func pinned(pin string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, InsecureSkipVerify: true, // instead of the names, the certificate itself is compared
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) > 0 {
				if sum := sha256.Sum256(raw[0]); hex.EncodeToString(sum[:]) == pin {
					return nil
				}
			}
			return errors.New("another program than the server answers at its address")
		},
	}
}

// problem is an error as the API tells it (RFC 9457).
type problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors"`
}

func (p *problem) words() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	for _, e := range p.Errors {
		text += "; " + strings.TrimPrefix(e.Location+": "+e.Message, ": ")
	}
	return text
}

// do sends a request and returns the answer, or the error that it is.
func (d *remoteDesk) do(ctx context.Context, method, path string, query url.Values, contentType string, body io.Reader) (*http.Response, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, d.base+path, body)
	if err != nil {
		return nil, err
	}
	if d.token != "" {
		r.Header.Set("Authorization", "Bearer "+d.token)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("User-Agent", "rebound/"+version())
	response, err := d.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("the server at %s cannot be asked: %w", d.base, withoutURL(err))
	}
	if response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close()
	return nil, d.refused(response)
}

func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// refused makes an error of an answer.
func (d *remoteDesk) refused(response *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	p := problem{Status: response.StatusCode}
	if json.Unmarshal(text, &p) != nil || p.words() == "" {
		p.Title = http.StatusText(response.StatusCode)
	}
	switch response.StatusCode {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return usage("%s", p.words())
	case http.StatusNotFound:
		return fmt.Errorf("%w: %s", errNotThere, p.words())
	case http.StatusUnauthorized:
		return usage("the server at %s wants a token, by --token-file or REBOUND_TOKEN: %s", d.base, p.words())
	}
	return fmt.Errorf("the server at %s: %s (%d)", d.base, p.words(), response.StatusCode)
}

// errNotThere is that the server knows of no such thing.
var errNotThere = errors.New("not found")

// ask sends JSON, if there is some, and reads JSON, if some is wanted.
func (d *remoteDesk) ask(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body io.Reader
	contentType := ""
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body, contentType = bytes.NewReader(text), "application/json"
	}
	response, err := d.do(ctx, method, path, query, contentType, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(out); err != nil {
		return fmt.Errorf("the answer of %s cannot be read: %w; is it a server of this version?", d.base, err)
	}
	return nil
}

// listing is a page of a list.
type listing[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next_cursor"`
}

// pages asks for a list until its end, or until give fails.
func pages[T any](ctx context.Context, d *remoteDesk, path string, query url.Values, give func(*T) error) error {
	query.Set("limit", strconv.Itoa(pageSize))
	for {
		var page listing[T]
		if err := d.ask(ctx, http.MethodGet, path, query, nil, &page); err != nil {
			return err
		}
		for i := range page.Items {
			if err := give(&page.Items[i]); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		query.Set("cursor", page.Next)
	}
}

func inStream(stream string) url.Values {
	query := url.Values{}
	if stream != "" {
		query.Set("stream", stream)
	}
	return query
}

func (d *remoteDesk) Check(ctx context.Context, address, stream string) (checked, error) {
	if _, err := policy.NormalAddress(address, true); err != nil { // the path would be another one
		return checked{}, notAnAddress(address)
	}
	query := inStream(stream)
	query.Set("history", "0")
	var answer struct {
		Address string        `json:"address"`
		Answer  policy.Answer `json:"answer"`
	}
	err := d.ask(ctx, http.MethodGet, "/v1/recipients/"+url.PathEscape(address), query, nil, &answer)
	return checked{answer.Address, policy.StreamName(stream), answer.Answer}, err
}

// CheckMany asks for all in one request. A line is a JSON string, so that no
// address can be taken for anything else.
func (d *remoteDesk) CheckMany(ctx context.Context, addresses []string, stream string) ([]checkedLine, error) {
	var body bytes.Buffer
	in := json.NewEncoder(&body)
	for _, address := range addresses {
		if err := in.Encode(address); err != nil {
			return nil, err
		}
	}
	response, err := d.do(ctx, http.MethodPost, "/v1/check", inStream(stream), "application/x-ndjson", &body)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	lines := make([]checkedLine, len(addresses))
	out := json.NewDecoder(response.Body)
	for i := range lines {
		if err := out.Decode(&lines[i]); err != nil {
			return nil, fmt.Errorf("the answer of %s broke off: %w", d.base, err)
		}
		lines[i].Address, lines[i].Stream = addresses[i], policy.StreamName(stream)
		if lines[i].Error != "" {
			lines[i].Error = notAnAddress(addresses[i]).Error()
		}
	}
	return lines, nil
}

func filterQuery(f store.SuppressionFilter) url.Values {
	query := inStream(f.Stream)
	for name, value := range map[string]string{"ground": string(f.Ground), "reason": string(f.Reason), "domain": f.Domain} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for name, t := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !t.IsZero() {
			query.Set(name, t.UTC().Format(time.RFC3339))
		}
	}
	if f.Probation {
		query.Set("probation", "true")
	}
	if f.Newest {
		query.Set("newest", "true")
	}
	return query
}

func (d *remoteDesk) Suppressions(ctx context.Context, f store.SuppressionFilter, give func(*store.Suppression) error) error {
	return pages(ctx, d, "/v1/suppressions", filterQuery(f), give)
}

func (d *remoteDesk) Export(ctx context.Context, w io.Writer, format store.Format, f store.SuppressionFilter) error {
	query := filterQuery(f)
	query.Set("format", string(format))
	return d.download(ctx, http.MethodGet, "/v1/suppressions/export", query, w)
}

func (d *remoteDesk) download(ctx context.Context, method, path string, query url.Values, w io.Writer) error {
	response, err := d.do(ctx, method, path, query, "", nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(w, response.Body); err != nil {
		return fmt.Errorf("the answer of %s broke off: %w", d.base, err)
	}
	return nil
}

func (d *remoteDesk) Import(ctx context.Context, im store.Import, r io.Reader) (store.ImportReport, error) {
	query := inStream(im.Stream)
	query.Set("format", string(im.Format))
	query.Set("dry_run", strconv.FormatBool(im.DryRun))
	if im.Note != "" {
		query.Set("note", im.Note)
	}
	var report store.ImportReport
	response, err := d.do(ctx, http.MethodPost, "/v1/suppressions/import", query, "application/octet-stream", r)
	if err != nil {
		return report, err
	}
	defer response.Body.Close()
	return report, json.NewDecoder(response.Body).Decode(&report)
}

func (d *remoteDesk) Suppress(ctx context.Context, a addition) (policy.Answer, error) {
	if err := a.check(); err != nil {
		return policy.Answer{}, err
	}
	in := struct {
		Recipient string `json:"recipient"`
		Stream    string `json:"stream,omitempty"`
		Reason    string `json:"reason,omitempty"`
		Note      string `json:"note,omitempty"`
	}{a.Address, a.Stream, a.Reason, a.Note}
	var out struct{ Changed bool }
	err := d.ask(ctx, http.MethodPost, "/v1/suppressions", nil, in, &out)
	return policy.Answer{Suppressed: !out.Changed}, err
}

func (d *remoteDesk) Release(ctx context.Context, address, stream, note string) (policy.Answer, error) {
	if _, err := policy.NormalAddress(address, true); err != nil {
		return policy.Answer{}, notAnAddress(address)
	}
	in := struct {
		Stream string `json:"stream,omitempty"`
		Note   string `json:"note"`
	}{stream, note}
	var out struct{ Answer policy.Answer }
	err := d.ask(ctx, http.MethodPost, "/v1/suppressions/"+url.PathEscape(address)+"/release", nil, in, &out)
	return out.Answer, err
}

func (d *remoteDesk) Tokens(ctx context.Context) ([]store.Token, error) {
	var list listing[store.Token]
	err := d.ask(ctx, http.MethodGet, "/v1/tokens", nil, nil, &list)
	return list.Items, err
}

func (d *remoteDesk) NewToken(ctx context.Context, name string, scopes []store.Scope, expires time.Time) (string, store.Token, error) {
	in := struct {
		Name    string        `json:"name"`
		Scopes  []store.Scope `json:"scopes"`
		Expires time.Time     `json:"expires,omitzero"`
	}{name, scopes, expires}
	var out struct {
		Token  store.Token `json:"token"`
		Secret string      `json:"secret"`
	}
	err := d.ask(ctx, http.MethodPost, "/v1/tokens", nil, in, &out)
	return out.Secret, out.Token, err
}

func (d *remoteDesk) RevokeToken(ctx context.Context, id string) error {
	return orNotFound(d.ask(ctx, http.MethodDelete, "/v1/tokens/"+url.PathEscape(id), nil, nil, nil), store.ErrNotFound)
}

// orNotFound gives "not found" its meaning.
func orNotFound(err, meaning error) error {
	if errors.Is(err, errNotThere) {
		return meaning
	}
	return err
}

func (d *remoteDesk) Parked(ctx context.Context, give func(*parkedEntry) error) error {
	return pages(ctx, d, "/v1/parked", url.Values{}, give)
}

func (d *remoteDesk) ParkedBody(ctx context.Context, id string) ([]byte, error) {
	var body bytes.Buffer
	err := d.download(ctx, http.MethodGet, "/v1/parked/"+url.PathEscape(id), nil, &body)
	return body.Bytes(), orNotFound(err, spool.ErrNotFound)
}

func (d *remoteDesk) Requeue(ctx context.Context, id string) error {
	return orNotFound(d.ask(ctx, http.MethodPost, "/v1/parked/"+url.PathEscape(id)+"/requeue", nil, nil, nil), spool.ErrNotFound)
}

func (d *remoteDesk) Drop(ctx context.Context, id string) error {
	return orNotFound(d.ask(ctx, http.MethodDelete, "/v1/parked/"+url.PathEscape(id), nil, nil, nil), spool.ErrNotFound)
}

func (d *remoteDesk) Backup(ctx context.Context, path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(d.download(ctx, http.MethodPost, "/v1/backup", nil, file), file.Sync(), file.Close())
}

func (d *remoteDesk) Close() error {
	d.client.CloseIdleConnections()
	return nil
}

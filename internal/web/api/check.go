package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

const (
	// checkAtOnce is how many addresses are asked for at once.
	checkAtOnce = 512
	// checkHeld is how much of the answer is held back while the question is still
	// coming: clients that send all before they read would wait for us, and we for them.
	checkHeld = 8 << 20
	// checkPiece is in what pieces an answer is sent.
	checkPiece = 64 << 10
	// maxAddresses is how many addresses a question in JSON may have.
	maxAddresses = 100_000
)

type checkQuery struct {
	Address string `query:"address" required:"true" maxLength:"1024" doc:"A mail address in any usual spelling." example:"kim@example.org"`
	InStream
}

// checkAnswer says whether an address may be mailed.
type checkAnswer struct {
	Address    string          `json:"address" doc:"The address as it was asked for." example:"kim@example.org"`
	MaySend    bool            `json:"may_send" doc:"Whether it may be mailed."`
	Suppressed bool            `json:"suppressed" doc:"Whether it is on the list of suppressions."`
	Probation  bool            `json:"probation,omitempty" doc:"A suppression ran out: one message may be tried."`
	Ground     policy.Ground   `json:"ground,omitempty" doc:"On what ground it is suppressed: address, block, objection or failures." example:"address"`
	Reason     codebook.Reason `json:"reason,omitempty" doc:"For what reason; see GET /v1/reasons." example:"user-unknown"`
	Stream     string          `json:"stream,omitempty" doc:"The stream that the suppression holds for; absent for every stream."`
	Since      time.Time       `json:"since,omitzero" doc:"Since when."`
	Until      time.Time       `json:"until,omitzero" doc:"When it ends by itself; absent if it does not."`
	Why        string          `json:"why,omitempty" doc:"All of it in one sentence." example:"May be mailed: it is not suppressed."`
	Error      string          `json:"error,omitempty" doc:"In bulk: what keeps the line from being a question. Such an address is not to be mailed."`
}

// checkRequest asks for many addresses.
type checkRequest struct {
	Addresses []string `json:"addresses" maxItems:"100000" nullable:"false" doc:"The addresses. For more than 100000 use application/x-ndjson, which has no bound." example:"[\"kim@example.org\"]"`
	Stream    string   `json:"stream,omitempty" maxLength:"128" doc:"The kind of mail that is meant." example:"newsletter"`
}

func (a *API) addCheck() {
	const tag = "check"
	add(a, newRoute(http.MethodGet, "/v1/check", "check", store.ScopeRead, tag, "May this address be mailed?",
		"Answers from memory. Nothing known means: may be mailed."), a.check)
	perLine := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "One CheckAnswer a line, in the order of the addresses."},
		Example: `{"address":"kim@example.org","may_send":true,"suppressed":false,"why":"May be mailed: it is not suppressed."}` + "\n"}
	rt := newRoute(http.MethodPost, "/v1/check", "check-many", store.ScopeRead, tag, "May these addresses be mailed?",
		"Asks for many addresses at once, in JSON or, without bound, in NDJSON: a line is an address as it is, a JSON string, or an object with address and stream. "+
			"The answer is NDJSON in the same order, a line for each address; what is no address gets a line with an error. It begins while the question is still "+
			"coming once it has 8 MB, so send and read at the same time if there are more than some 50000 addresses. A connection that breaks off is an answer that is not whole.").
		body(a.o.Limits.Check, jsonType, ndjsonType).streaming().
		answering("An answer a line.", map[string]*huma.MediaType{ndjsonType: perLine})
	add(a, rt, func(_ context.Context, in *InStream) (*raw, error) {
		return writing(func(w http.ResponseWriter, r *http.Request) { a.checkMany(w, r, in.Stream) }), nil
	})
	content := operationOf(a.huma.OpenAPI(), http.MethodPost, "/v1/check").RequestBody.Content
	content[jsonType].Schema = a.schema(reflect.TypeFor[checkRequest]())
	content[ndjsonType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "A question a line."},
		Example: "kim@example.org\n\"jo@example.net\"\n{\"address\":\"al@example.org\",\"stream\":\"newsletter\"}\n"}
	a.schema(reflect.TypeFor[checkAnswer]())
}

func (a *API) check(ctx context.Context, in *checkQuery) (*bodyOut[checkAnswer], error) {
	key, err := policy.NewKey(in.Address, in.Stream, a.o.Settings)
	if err != nil {
		return nil, err
	}
	answers, err := a.o.Store.Check(ctx, []policy.Key{key})
	if err != nil {
		return nil, err
	}
	g := &answers[0]
	out := checkAnswer{Address: in.Address, MaySend: g.MaySend, Suppressed: g.Suppressed, Probation: g.Probation, Why: g.Why}
	if g.Ground != "" {
		out.Ground, out.Reason, out.Stream, out.Since, out.Until = g.Ground, g.Reason, g.Stream, g.Since, g.Until
	}
	return &bodyOut[checkAnswer]{out}, nil
}

// asker gives the questions of a bulk check one by one.
type asker interface {
	next() (q question, wrong, err error)
}

func (a *API) checkMany(w http.ResponseWriter, r *http.Request, stream string) {
	var from asker = newLineReader(r.Body, stream)
	if t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.EqualFold(strings.TrimSpace(t), jsonType) {
		list, err := a.readAddresses(r.Body, stream)
		if err != nil {
			a.fail(w, r, problemOf(err))
			return
		}
		from = list
	}
	buffer, ok := a.buffers.Get().(*bytes.Buffer)
	if !ok {
		buffer = new(bytes.Buffer)
	}
	defer a.buffers.Put(buffer)
	buffer.Reset()
	c := &bulkCheck{api: a, ctx: r.Context(), out: &heldWriter{w: w, held: buffer}}
	if err := c.run(from); err != nil {
		a.broken(w, r, c.out.begun, err)
		return
	}
	if err := c.out.finish(); err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
}

// addressList gives the addresses of a question in JSON.
type addressList struct {
	left   []string
	stream string
}

func (l *addressList) next() (question, error, error) { //nolint:staticcheck // wrong, then err
	if len(l.left) == 0 {
		return question{}, nil, io.EOF
	}
	q := question{address: l.left[0], stream: l.stream}
	l.left = l.left[1:]
	return q, nil, nil
}

func (a *API) readAddresses(body io.Reader, stream string) (*addressList, error) {
	limit := 16 * a.o.Limits.Body
	b, err := a.memory.read(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, err
	}
	defer b.free()
	if int64(len(b.bytes)) > limit {
		return nil, errBody(limit)
	}
	var in checkRequest
	if err := strictJSON(b.bytes, &in, "addresses", "stream"); err != nil {
		return nil, err
	}
	if in.Addresses == nil || len(in.Addresses) > maxAddresses {
		return nil, newProblem(invalid, "Give 1 to 100000 addresses.").at("body.addresses", "is needed, with at most 100000 addresses")
	}
	if in.Stream != "" {
		stream = in.Stream
	}
	return &addressList{in.Addresses, stream}, nil
}

// strictJSON reads an object with the names that are known, in that spelling.
func strictJSON(b []byte, v any, known ...string) error {
	if err := decodeJSON(b, v); err != nil {
		return newProblem(badRequest, "The body cannot be read.").at("body", err.Error())
	}
	var names map[string]json.RawMessage
	if err := json.Unmarshal(b, &names); err != nil || names == nil {
		return newProblem(badRequest, "The body has to be an object.").at("body", "has to be an object")
	}
	p := newProblem(invalid, "See errors for what is wrong where.")
	for name := range names {
		if !contains(known, name) {
			p.at("body."+name, didYouMean("there is no such field", name, known))
		}
	}
	if len(p.Errors) > 0 {
		return p
	}
	if err := checkNames(b); err != nil {
		return newProblem(badRequest, "The body cannot be read.").at("body", err.Error())
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// bulkCheck answers for many addresses, some at a time.
type bulkCheck struct {
	api   *API
	ctx   context.Context
	out   *heldWriter
	asked []asked
	keys  []policy.Key
	line  []byte
}

// asked is a question, or what is wrong with it.
type asked struct {
	address string
	wrong   string
}

func (c *bulkCheck) run(from asker) error {
	streams := map[string]string{} // names by which streams are known
	for {
		q, wrong, err := from.next()
		if errors.Is(err, io.EOF) {
			return c.answer()
		}
		if err != nil {
			return err
		}
		c.ask(q, wrong, streams)
		if len(c.asked) < checkAtOnce {
			continue
		}
		if err := c.answer(); err != nil {
			return err
		}
	}
}

// ask takes a question.
func (c *bulkCheck) ask(q question, wrong error, streams map[string]string) {
	if wrong != nil {
		c.asked = append(c.asked, asked{q.address, wrong.Error()})
		return
	}
	name, ok := streams[q.stream]
	if !ok && len(streams) < checkAtOnce {
		name = policy.StreamName(q.stream)
		streams[q.stream] = name
	} else if !ok {
		name = policy.StreamName(q.stream)
	}
	recipient, err := policy.NormalAddress(q.address, c.api.o.Settings.CaseSensitive)
	if err != nil {
		c.asked = append(c.asked, asked{q.address, "not a mail address"})
		return
	}
	c.asked = append(c.asked, asked{address: q.address})
	c.keys = append(c.keys, policy.Key{Recipient: recipient, Stream: name})
}

// answer answers what was asked so far.
func (c *bulkCheck) answer() error {
	answers, err := c.api.o.Store.Check(c.ctx, c.keys)
	if err != nil {
		return err
	}
	next := 0
	for i := range c.asked {
		q := &c.asked[i]
		if q.wrong != "" {
			c.line = appendWrong(c.line[:0], q.address, q.wrong)
		} else {
			c.line = appendAnswer(c.line[:0], q.address, &answers[next])
			next++
		}
		if err := c.out.write(c.line); err != nil {
			return err
		}
	}
	clear(c.asked)
	c.asked, c.keys = c.asked[:0], c.keys[:0]
	return nil
}

// heldWriter holds an answer back as long as it is small, and then sends it in
// pieces.
type heldWriter struct {
	w     http.ResponseWriter
	held  *bytes.Buffer
	begun bool
}

func (h *heldWriter) write(b []byte) error {
	h.held.Write(b)
	if !h.begun && h.held.Len() < checkHeld || h.begun && h.held.Len() < checkPiece {
		return nil
	}
	return h.send()
}

// send sends what is held. From then on the server reads the question and writes
// the answer at once.
func (h *heldWriter) send() error {
	if !h.begun {
		h.begun = true
		_ = http.NewResponseController(h.w).EnableFullDuplex() // HTTP/2 does so anyway
		h.w.Header().Set("Content-Type", ndjsonType)
	}
	for h.held.Len() > 0 {
		if _, err := h.w.Write(h.held.Next(checkPiece)); err != nil {
			return err
		}
	}
	h.held.Reset()
	return nil
}

// finish sends the rest.
func (h *heldWriter) finish() error {
	if !h.begun {
		h.w.Header().Set("Content-Length", itoa(int64(h.held.Len())))
	}
	return h.send()
}

// appendTime appends a time as encoding/json writes it.
func appendTime(b []byte, name string, t time.Time) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":"`...)
	return append(t.AppendFormat(b, time.RFC3339Nano), '"')
}

package store

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/policy"
)

// Import takes a list of suppressions over from a file, ours or another system's.
type Import struct {
	Format Format
	// DryRun says what would be done and changes nothing.
	DryRun bool
	By     string // who does it
	Note   string // for entries that have none
	Stream string // for entries that have none; "" is every stream
	// CaseSensitive is the setting of the store's policy.
	CaseSensitive bool
	Now           time.Time
}

// ImportReport says what an import did, or would do.
type ImportReport struct {
	Lines     int64 `json:"lines"`     // with content, the header not among them
	Added     int64 `json:"added"`     // addresses that were not suppressed
	Already   int64 `json:"already"`   // addresses that were
	Temporary int64 `json:"temporary"` // entries that end by themselves, and are not taken over: they would not end
	Bad       int64 `json:"bad"`       // lines that could not be read
	// Problems are the first of the bad lines.
	Problems []LineProblem `json:"problems,omitempty"`
}

// LineProblem is what is wrong with a line.
type LineProblem struct {
	Line    int64  `json:"line"`
	Problem string `json:"problem"`
}

// maxProblems is how many bad lines are told of.
const maxProblems = 100

// Importer is what an import needs of a store.
type Importer interface {
	Check(ctx context.Context, keys []policy.Key) ([]policy.Answer, error)
	AddSuppressions(ctx context.Context, blocks []Block) ([]policy.Answer, error)
}

// importAtOnce is how many addresses are added in one transaction.
const importAtOnce = 500

// Read reads a list and adds what it names. CSV may have a header, whose names
// are understood in the forms that are common; without one, the address is the
// first cell with an @. An error ends the import: what came before it has been
// added, as the report says, and reading the same again does no harm.
//
// An entry with a date that lies before the address was released by hand is
// added and does not suppress it.
func (im Import) Read(ctx context.Context, to Importer, r io.Reader) (ImportReport, error) {
	run := importRun{Import: im, ctx: ctx, to: to, seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}}
	parse := parseJSONLine
	if im.Format == CSV {
		parse = (&csvReader{}).parse
	}
	err := eachLine(r, func(n int64, line []byte, err error) error {
		if err != nil {
			return run.bad(n, err)
		}
		entry, err := parse(line)
		if errors.Is(err, errHeader) {
			return nil
		}
		if err != nil {
			return run.bad(n, err)
		}
		return run.add(n, &entry)
	})
	if err == nil {
		err = run.flush()
	}
	return run.report, err
}

// importRun is an import that is being carried out.
type importRun struct {
	Import
	ctx    context.Context
	to     Importer
	report ImportReport
	batch  []Block
	seed   maphash.Seed
	seen   map[uint64]struct{} // in a dry run: what would have been added
}

func (r *importRun) bad(n int64, err error) error {
	r.report.Lines++
	r.report.Bad++
	if len(r.report.Problems) < maxProblems {
		r.report.Problems = append(r.report.Problems, LineProblem{n, err.Error()})
	}
	return nil
}

func (r *importRun) add(n int64, l *importLine) error {
	address, err := policy.NormalAddress(l.address(), r.CaseSensitive)
	if err != nil {
		return r.bad(n, fmt.Errorf("%q is no mail address", Cut(l.address(), 80)))
	}
	r.report.Lines++
	if !l.Until.IsZero() {
		r.report.Temporary++
		return nil
	}
	b := Block{Recipient: address, Block: policy.Block{By: r.By, Note: firstOf(l.Note, r.Note), Stream: firstOf(l.Stream, r.Stream)}}
	if reason := codebook.Reason(l.Reason); reason.IsKnown() {
		b.Reason = reason
	} else if l.Reason != "" { // what another system calls it
		b.Note = strings.TrimSuffix(l.Reason+"; "+b.Note, "; ")
	}
	for _, at := range []time.Time{l.Since, l.Created.Time, l.CreatedAt.Time} {
		if !at.IsZero() && at.Before(r.Now) {
			b.At = at
			break
		}
	}
	r.batch = append(r.batch, b)
	if len(r.batch) < importAtOnce {
		return nil
	}
	return r.flush()
}

// flush adds what has gathered.
func (r *importRun) flush() error {
	if len(r.batch) == 0 {
		return nil
	}
	keys := make([]policy.Key, len(r.batch))
	for i := range r.batch {
		keys[i] = policy.Key{Recipient: r.batch[i].Recipient, Stream: r.batch[i].Stream}
	}
	answers, err := r.to.Check(r.ctx, keys)
	if err != nil {
		return err
	}
	var fresh []Block
	within := map[policy.Key]bool{}
	for i := range r.batch {
		switch key := keys[i]; {
		case holdsAlready(&answers[i], key.Stream), within[key], r.DryRun && r.before(key):
			r.report.Already++
		default:
			within[key] = true
			fresh = append(fresh, r.batch[i])
		}
	}
	r.batch = r.batch[:0]
	if len(fresh) > 0 && !r.DryRun {
		if _, err := r.to.AddSuppressions(r.ctx, fresh); err != nil {
			return err
		}
	}
	r.report.Added += int64(len(fresh))
	return nil
}

// holdsAlready reports whether an address is suppressed for good already, and
// not for another stream only.
func holdsAlready(a *policy.Answer, stream string) bool {
	return a.Suppressed && a.Until.IsZero() && (a.Stream == "" || a.Stream == stream)
}

// before reports whether a dry run has met a key before.
func (r *importRun) before(key policy.Key) bool {
	h := maphash.Comparable(r.seed, key)
	_, known := r.seen[h]
	r.seen[h] = struct{}{}
	return known
}

func parseJSONLine(line []byte) (importLine, error) {
	var l importLine
	line = bytes.TrimSpace(line)
	if len(line) > 0 && line[0] == '"' { // a bare address
		err := json.Unmarshal(line, &l.Recipient)
		return l, err
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return l, fmt.Errorf("not a JSON object: %w", err)
	}
	if l.address() == "" {
		return l, errors.New(`no "recipient", "email" or "address"`)
	}
	return l, nil
}

var errHeader = errors.New("the header")

// csvReader reads the lines of a CSV file one by one, so that one damaged line
// does not take the rest with it.
type csvReader struct {
	begun bool
	comma rune
	names []string // of the columns; nil without a header
}

func (c *csvReader) parse(line []byte) (importLine, error) {
	if !c.begun {
		c.comma = separator(line)
	}
	in := csv.NewReader(bytes.NewReader(line))
	in.Comma, in.LazyQuotes, in.TrimLeadingSpace = c.comma, true, true
	cells, err := in.Read()
	if err != nil {
		return importLine{}, fmt.Errorf("not CSV: %w", err)
	}
	for i := range cells {
		cells[i] = unguardCell(strings.TrimSpace(cells[i]))
	}
	if !c.begun {
		c.begun = true
		if !slices.ContainsFunc(cells, func(s string) bool { return strings.Contains(s, "@") }) {
			c.names = cells
			return importLine{}, errHeader
		}
	}
	return c.line(cells)
}

// separator guesses what stands between the cells of the first line.
func separator(line []byte) rune {
	best := ','
	for _, r := range []rune{';', '\t'} {
		if bytes.ContainsRune(line, r) && bytes.Count(line, []byte(string(r))) > bytes.Count(line, []byte(string(best))) {
			best = r
		}
	}
	return best
}

func (c *csvReader) line(cells []string) (importLine, error) {
	var l importLine
	for i, cell := range cells {
		if i < len(c.names) {
			l.set(plainName(c.names[i]), cell)
		}
	}
	if l.address() != "" {
		return l, nil
	}
	i := slices.IndexFunc(cells, func(s string) bool { return strings.Contains(s, "@") })
	if i < 0 {
		return l, errors.New("no cell has an address")
	}
	l.Recipient = cells[i]
	return l, nil
}

// plainName returns a column's name without case, blanks and signs.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

func (l *importLine) set(name, cell string) {
	switch name {
	case "recipient", "email", "emailaddress", "address", "recipientemail", "mail":
		l.Recipient = firstOf(l.Recipient, cell)
	case "stream", "messagestream":
		l.Stream = cell
	case "reason", "type", "suppressionreason", "source":
		l.Reason = firstOf(l.Reason, cell)
	case "since", "created", "createdat", "date", "timestamp", "lastupdatetime":
		l.Since = parseWhen(cell)
	case "until":
		l.Until = parseWhen(cell)
	case "note", "comment", "description":
		l.Note = cell
	}
}

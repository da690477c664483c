package sqlite

import (
	"cmp"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
)

// level is a table of counters, and the width of its buckets in seconds. All of
// them are written at once, so that each can answer for itself.
type level struct {
	table string
	width int64
}

// The levels, the finest first.
const (
	levelFine = iota
	levelHour
	levelDay
	levelCount
)

func levels() [levelCount]level {
	return [levelCount]level{{"rate_fine", int64(store.RateBucket / 1e9)}, {"rate_hour", 3600}, {"rate_day", 24 * 3600}}
}

// counter names a counter.
type counter struct {
	dimension int
	bucket    int64
	value     string
	what      string
}

// counters are what a transaction adds to counters.
type counters map[counter]int64

// whatSent is what messages are counted as that were handed over for delivery.
const whatSent = "sent/"

func whatOf(kind event.Kind, reason codebook.Reason) string {
	if kind != event.Bounce && kind != event.Delay {
		reason = ""
	}
	what := string(kind) + "/" + string(reason)
	if strings.ContainsAny(what, "=\n") { // no kind and no reason that there is
		return string(event.Other) + "/"
	}
	return what
}

// The dimensions as they are stored.
const (
	dimTotal = iota + 1
	dimSenderDomain
	dimIP
	dimProvider
	dimStream
)

// dimensionNumber is how a dimension is stored; 0 if it is none.
func dimensionNumber(d store.Dimension) int {
	switch d {
	case store.ByTotal:
		return dimTotal
	case store.BySenderDomain:
		return dimSenderDomain
	case store.ByIP:
		return dimIP
	case store.ByProvider:
		return dimProvider
	case store.ByStream:
		return dimStream
	}
	return 0
}

// bucketOf returns the beginning of the bucket of that width.
func bucketOf(seconds, width int64) int64 {
	b := seconds / width * width
	if b > seconds {
		b -= width
	}
	return b
}

func (c counters) add(it *item) {
	e := &it.entry.Event
	provider := ""
	if e.Verdict != nil {
		provider = e.Verdict.Provider
	}
	c.count(bucketOf(it.time.Unix(), levels()[levelFine].width), whatOf(e.Kind, reasonOf(e)), 1, store.SenderDomain(e.Sender), e.SourceIP, provider, e.Stream)
}

func (c counters) count(bucket int64, what string, n int64, sender, ip, provider, stream string) {
	c[counter{dimTotal, bucket, "", what}] += n
	c[counter{dimStream, bucket, store.Cut(stream, maxValue), what}] += n
	if sender != "" {
		c[counter{dimSenderDomain, bucket, store.Cut(sender, maxValue), what}] += n
	}
	if ip != "" {
		c[counter{dimIP, bucket, store.Cut(ip, maxValue), what}] += n
	}
	if provider != "" {
		c[counter{dimProvider, bucket, store.Cut(provider, maxValue), what}] += n
	}
}

// maxValue is how long a dimension's value may be, in bytes.
const maxValue = 255

// write adds the counters to those stored.
func (c counters) write(w *writer) error {
	bounded := make(counters, len(c))
	for k, n := range c {
		known, err := w.rates.admit(w, k)
		if err != nil {
			return err
		}
		if !known {
			k.value = store.OtherValues
		}
		bounded[k] += n
	}
	for _, l := range levels() {
		if err := bounded.of(l).writeTo(w, l); err != nil {
			return err
		}
	}
	return nil
}

// cell is where counters are stored: a row.
type cell struct {
	dimension int
	bucket    int64
	value     string
}

// cells are the counters of rows.
type cells map[cell]map[string]int64

// of adds the counters up in the rows of a level.
func (c counters) of(l level) cells {
	sums := make(cells, len(c))
	for k, n := range c {
		at := cell{k.dimension, bucketOf(k.bucket, l.width), k.value}
		if sums[at] == nil {
			sums[at] = map[string]int64{}
		}
		sums[at][k.what] += n
	}
	return sums
}

// writeTo adds the counters to those of a level's rows.
func (c cells) writeTo(w *writer, l level) error {
	keys := make([]cell, 0, len(c))
	for at := range c {
		keys = append(keys, at)
	}
	slices.SortFunc(keys, compareCells)
	args := make([]any, 0, 4*len(keys))
	for _, at := range keys {
		counts := c[at]
		err := w.query(func(rows *sql.Rows) error {
			var stored string
			err := rows.Scan(&stored)
			eachCount(stored, func(what string, n int64) { counts[what] += n })
			return err
		}, "select counts from "+l.table+" where dimension = ? and bucket = ? and value = ?", at.dimension, at.bucket, at.value)
		if err != nil {
			return err
		}
		args = append(args, at.dimension, at.bucket, at.value, countsText(counts))
	}
	return w.insert("insert into "+l.table+" (dimension, bucket, value, counts) values ", 4,
		" on conflict (dimension, bucket, value) do update set counts = excluded.counts", args)
}

// countsText returns counts as they are stored.
func countsText(counts map[string]int64) string {
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(what)
		b.WriteByte('=')
		b.WriteString(strconv.FormatInt(counts[what], 10))
	}
	return b.String()
}

// eachCount shows stored counts. What is no count is passed over.
func eachCount(stored string, show func(what string, n int64)) {
	for stored != "" {
		line, rest, _ := strings.Cut(stored, "\n")
		stored = rest
		what, number, _ := strings.Cut(line, "=")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			show(what, n)
		}
	}
}

func compareCells(a, b cell) int {
	return cmp.Or(cmp.Compare(a.dimension, b.dimension), cmp.Compare(a.bucket, b.bucket), strings.Compare(a.value, b.value))
}

// place is a day of a dimension.
type place struct {
	dimension int
	day       int64
}

// seenValues are the values of the days that were written to lately.
type seenValues map[place]map[string]bool

// keptPlaces is how many days' values are in memory.
const keptPlaces = 64

// admit reports whether a counter may have its value: one that is there already
// or for which there is room.
func (seen seenValues) admit(w *writer, k counter) (bool, error) {
	days := levels()[levelDay]
	at := place{k.dimension, bucketOf(k.bucket, days.width)}
	values := seen[at]
	if values == nil {
		if len(seen) >= keptPlaces {
			clear(seen)
		}
		values = map[string]bool{}
		err := w.query(func(rows *sql.Rows) error {
			var v string
			err := rows.Scan(&v)
			values[v] = true
			return err
		}, "select value from "+days.table+" where dimension = ? and bucket = ?", at.dimension, at.day)
		if err != nil {
			return false, err
		}
		seen[at] = values
	}
	if values[k.value] {
		return true, nil
	}
	if len(values) >= store.MaxValues {
		return false, nil
	}
	values[k.value] = true
	return true, nil
}

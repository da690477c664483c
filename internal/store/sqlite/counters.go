package sqlite

import (
	"database/sql"
	"slices"
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
	return [levelCount]level{{"rate", int64(store.RateBucket / 1e9)}, {"rate_hour", 3600}, {"rate_day", 24 * 3600}}
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
	return string(kind) + "/" + string(reason)
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

// of adds the counters up in the buckets of a level.
func (c counters) of(l level) counters {
	sums := make(counters, len(c))
	for k, n := range c {
		k.bucket = bucketOf(k.bucket, l.width)
		sums[k] += n
	}
	return sums
}

func (c counters) writeTo(w *writer, l level) error {
	keys := make([]counter, 0, len(c))
	for k := range c {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareCounters)
	args := make([]any, 0, 5*len(keys))
	for _, k := range keys {
		args = append(args, k.dimension, k.bucket, k.value, k.what, c[k])
	}
	return w.insert("insert into "+l.table+" (dimension, bucket, value, what, n) values ", 5,
		" on conflict (dimension, bucket, value, what) do update set n = n + excluded.n", args)
}

func compareCounters(a, b counter) int {
	if a.dimension != b.dimension {
		return a.dimension - b.dimension
	}
	if a.bucket != b.bucket {
		if a.bucket < b.bucket {
			return -1
		}
		return 1
	}
	if a.value != b.value {
		return strings.Compare(a.value, b.value)
	}
	return strings.Compare(a.what, b.what)
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
		}, "select distinct value from "+days.table+" where dimension = ? and bucket = ?", at.dimension, at.day)
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

package sqlite

import (
	"database/sql"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
)

// bucketSeconds is the width of a bucket.
const bucketSeconds = int64(store.RateBucket / 1e9)

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
	if kind != event.Bounce {
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

func bucketOf(seconds int64) int64 {
	b := seconds / bucketSeconds * bucketSeconds
	if b > seconds {
		b -= bucketSeconds
	}
	return b
}

func (c counters) add(it *item) {
	e := &it.entry.Event
	provider := ""
	if e.Verdict != nil {
		provider = e.Verdict.Provider
	}
	c.count(bucketOf(it.time.Unix()), whatOf(e.Kind, reasonOf(e)), 1, store.SenderDomain(e.Sender), e.SourceIP, provider, e.Stream)
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
	keys := make([]counter, 0, len(bounded))
	for k := range bounded {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareCounters)
	args := make([]any, 0, 5*len(keys))
	for _, k := range keys {
		args = append(args, k.dimension, k.bucket, k.value, k.what, bounded[k])
	}
	return w.insert("insert into rate (dimension, bucket, value, what, n) values ", 5,
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

// place is a bucket of a dimension.
type place struct {
	dimension int
	bucket    int64
}

// seenValues are the values in the buckets that were written to lately.
type seenValues map[place]map[string]bool

// keptPlaces is how many buckets' values are in memory.
const keptPlaces = 64

// admit reports whether a counter may have its value: one that is there already
// or for which there is room.
func (seen seenValues) admit(w *writer, k counter) (bool, error) {
	at := place{k.dimension, k.bucket}
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
		}, "select distinct value from rate where dimension = ? and bucket = ?", k.dimension, k.bucket)
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

package sqlite

import (
	"database/sql"
	"fmt"

	"github.com/rebound-mail/rebound/internal/store"
)

// readyReport compresses an item's report, those that items share once. It takes
// long, so it is done before a transaction begins, by all callers at a time.
func (s *Store) readyReport(it *item, packed map[*store.Report][]byte) {
	r := it.entry.Report
	if r == nil || r.ID == "" {
		return
	}
	if packed[r] == nil { // of an empty one the result is empty, and not nil
		packed[r] = s.zip.EncodeAll(r.Body, make([]byte, 0, 64+len(r.Body)/2))
	}
	it.report = packed[r]
}

// keepReports stores the reports of items that are not stored yet, and returns
// the numbers of all of them.
func keepReports(w *writer, items []*item) (numbers map[string]int64, err error) {
	numbers = map[string]int64{}
	var fresh []*item // one a report
	var ids []any
	for _, it := range items {
		if it.report == nil {
			continue
		}
		id := it.entry.Report.ID
		if _, seen := numbers[id]; !seen {
			numbers[id] = 0
			fresh, ids = append(fresh, it), append(ids, id)
		}
	}
	if len(ids) == 0 {
		return numbers, nil
	}
	err = w.selectIn(func(rows *sql.Rows) error {
		var n int64
		var id string
		err := rows.Scan(&n, &id)
		numbers[id] = n
		return err
	}, "select n, id from report where id in ", ids)
	if err != nil {
		return nil, fmt.Errorf("keep report: %w", err)
	}
	args := make([]any, 0, 5*len(fresh))
	for _, it := range fresh {
		id := it.entry.Report.ID
		if numbers[id] != 0 { // it came again
			continue
		}
		w.reports++
		numbers[id] = w.reports
		args = append(args, w.reports, id, it.received, len(it.entry.Report.Body), it.report)
	}
	if err := w.insert("insert into report (n, id, received, size, body) values ", 5, "", args); err != nil {
		return nil, fmt.Errorf("keep report: %w", err)
	}
	return numbers, nil
}

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"

	"github.com/rebound-mail/rebound/internal/store"
)

// rowsAtOnce is how many rows one statement reads or writes, where there are
// many: most of a statement's cost is the same for one row and for many.
const rowsAtOnce = 32

// writer is the connection that writes. Its statements are prepared once.
type writer struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	counts
	saved counts
	texts int // how many unknown texts there are
	rates seenValues
}

// counts are numbers that would take long to count.
type counts struct {
	seq        int64 // of the last event
	recipients int64
	listed     int64 // rows of suppression
	reports    int64 // the number of the last report; none is used again
}

func newWriter(ctx context.Context, conn *sql.Conn) (*writer, error) {
	w := &writer{conn: conn, stmts: map[string]*sql.Stmt{}}
	return w, w.recall(ctx)
}

// recall reads what the writer keeps in memory, at the beginning and after a
// transaction that failed.
func (w *writer) recall(ctx context.Context) error {
	w.rates = seenValues{}
	var err error
	if w.counts, err = readCounts(ctx, w.conn); err != nil {
		return err
	}
	w.saved = w.counts
	return w.conn.QueryRowContext(ctx, "select count(*) from unknown").Scan(&w.texts)
}

// asker is a connection, or several, that can be asked for a row.
type asker interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

func readCounts(ctx context.Context, db asker) (c counts, err error) {
	var text string
	err = db.QueryRowContext(ctx, "select value from meta where name = 'counts'").Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return counts{}, nil
	}
	if err != nil {
		return counts{}, err
	}
	return parseCounts(ctx, db, text)
}

// parseCounts reads what save wrote. A store of before reports were counted knows
// the last one's number all the same: it has the report, or an event that came
// from it.
func parseCounts(ctx context.Context, db asker, text string) (c counts, err error) {
	n, err := fmt.Sscan(text, &c.seq, &c.recipients, &c.listed, &c.reports)
	if n < 3 {
		return counts{}, fmt.Errorf("%w: the counts %q", store.ErrCorrupt, text)
	}
	if n == 3 {
		err = db.QueryRowContext(ctx, "select max((select coalesce(max(n), 0) from report), (select coalesce(max(report), 0) from event))").Scan(&c.reports)
	}
	return c, err
}

// save writes the counts if they have changed.
func (w *writer) save() error {
	if w.counts == w.saved {
		return nil
	}
	w.saved = w.counts
	return w.setMeta("counts", fmt.Sprint(w.seq, w.recipients, w.listed, w.reports))
}

func (w *writer) setMeta(name, value string) error {
	_, err := w.exec("insert into meta (name, value) values (?, ?) on conflict (name) do update set value = excluded.value", name, value)
	return err
}

func (w *writer) close() error {
	var errs []error
	for _, st := range w.stmts {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// stmt returns a prepared statement.
func (w *writer) stmt(text string) (*sql.Stmt, error) {
	if st := w.stmts[text]; st != nil {
		return st, nil
	}
	st, err := w.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	w.stmts[text] = st
	return st, nil
}

// exec carries out a statement and returns how many rows it changed.
func (w *writer) exec(text string, args ...any) (int64, error) {
	st, err := w.stmt(text)
	if err != nil {
		return 0, err
	}
	res, err := st.Exec(args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// query reads rows within the transaction and shows them to row.
func (w *writer) query(row func(*sql.Rows) error, text string, args ...any) error {
	st, err := w.stmt(text)
	if err != nil {
		return err
	}
	rows, err := st.Query(args...)
	if err != nil {
		return err
	}
	return eachRow(rows, row)
}

// eachRow shows rows and closes them.
func eachRow(rows *sql.Rows, show func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := show(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// insert writes rows of so many columns, args one after the other. The statement
// is before + one (?, ...) a row + after.
func (w *writer) insert(before string, columns int, after string, args []any) error {
	one := "(" + marks(columns) + ")"
	many := before + strings.Repeat(one+",", rowsAtOnce-1) + one + after
	for len(args) >= columns*rowsAtOnce {
		if _, err := w.exec(many, args[:columns*rowsAtOnce]...); err != nil {
			return err
		}
		args = args[columns*rowsAtOnce:]
	}
	for ; len(args) > 0; args = args[columns:] {
		if _, err := w.exec(before+one+after, args[:columns]...); err != nil {
			return err
		}
	}
	return nil
}

// selectIn shows the rows that a query which ends in "in " finds for any of args.
func (w *writer) selectIn(row func(*sql.Rows) error, text string, args []any) error {
	return w.in(text, args, func(text string, args []any) error { return w.query(row, text, args...) })
}

// in carries out a statement that ends in "in " for args, some at a time.
func (w *writer) in(text string, args []any, do func(text string, args []any) error) error {
	many := text + "(" + marks(rowsAtOnce) + ")"
	for len(args) >= rowsAtOnce {
		if err := do(many, args[:rowsAtOnce]); err != nil {
			return err
		}
		args = args[rowsAtOnce:]
	}
	if len(args) == 0 {
		return nil
	}
	rest := append(make([]any, 0, rowsAtOnce), args...)
	for len(rest) < rowsAtOnce {
		rest = append(rest, args[0]) // the same again changes nothing
	}
	return do(many, rest)
}

func marks(n int) string { return strings.Repeat("?,", n-1) + "?" }

// update carries out one transaction.
func (s *Store) update(ctx context.Context, doing string, do func(w *writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	err := s.mayWrite()
	if err == nil {
		err = s.transact(doing, do)
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.wal.wait()
}

// transact carries out one transaction; the caller holds the lock.
func (s *Store) transact(doing string, do func(w *writer) error) error {
	w := s.w
	known := s.verdicts.len()
	_, err := w.exec("begin immediate")
	if err == nil {
		err = do(w)
		if err == nil {
			err = w.save()
		}
		if err == nil {
			_, err = w.exec("commit")
		}
	}
	if err == nil {
		s.ids.committed()
		s.checkpoint()
		return nil
	}
	s.ids.undone()
	_, _ = w.exec("rollback") // SQLite may have done so itself
	s.verdicts.truncate(known)
	if again := w.recall(context.Background()); again != nil {
		return wrong(doing, errors.Join(err, again))
	}
	if _, ours := errors.AsType[*notSQL](err); ours {
		return errors.Unwrap(err)
	}
	return wrong(doing, err)
}

// logged returns how many pages were written to the log since it was asked with
// again.
func (w *writer) logged(again bool) (pages int) {
	_ = w.conn.Raw(func(conn any) error {
		if status, ok := conn.(sqlite.DBStatus); ok {
			pages, _, _ = status.Status(sqlite.DBStatusCacheWrite, again)
		}
		return nil
	})
	return pages
}

// notSQL marks an error within a transaction that is not SQLite's: it undoes the
// transaction and reaches the caller as it is.
type notSQL struct{ error }

func (n *notSQL) Unwrap() error { return n.error }

// refuse ends a transaction with an error for the caller.
func refuse(err error) error { return &notSQL{err} }

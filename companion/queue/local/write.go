package local

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/kindos/kai/shared/fault"
)

// maxGroup is how many changes go into one transaction.
const maxGroup = 256

// change is something to write. It may be done twice, because a transaction may be; a fault.Fault that it answers has
// written nothing.
type change struct {
	do      func(ctx context.Context, w *writer) error
	outside bool // of any transaction, after the others of its group
	err     error
	done    chan struct{}
}

// writer is the one goroutine that writes.
type writer struct {
	conn    *sql.Conn
	changes chan *change
	over    chan struct{} // closed to end it
	ended   chan struct{}
	once    sync.Once
	known   map[string]*sql.Stmt
}

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		conn: conn, changes: make(chan *change, maxGroup), over: make(chan struct{}), ended: make(chan struct{}), known: map[string]*sql.Stmt{},
	}
	go w.run()
	return w, nil
}

// submit hands a change over; await waits until it is on disk.
func (w *writer) submit(do func(context.Context, *writer) error) *change {
	return w.hand(&change{do: do, done: make(chan struct{})})
}

func (w *writer) hand(c *change) *change {
	select {
	case w.changes <- c:
	case <-w.over:
		c.err = closed()
		close(c.done)
	}
	return c
}

// await waits for a change. Whoever stops waiting does not know whether it is done.
func (w *writer) await(ctx context.Context, c *change) error {
	select {
	case <-c.done:
		return c.err
	case <-w.ended:
		select {
		case <-c.done:
			return c.err
		default:
			return closed()
		}
	case <-ctx.Done():
		return fault.Wrap(fault.CodeOf(ctx.Err()), ctx.Err(), "waiting for the queue to be written")
	}
}

func (w *writer) write(ctx context.Context, do func(context.Context, *writer) error) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.CodeOf(err), err, "writing to the queue")
	}
	return w.await(ctx, w.submit(do))
}

func closed() error {
	return fault.New(fault.Unavailable, "the queue is closed").WithRemedy("start kai run again")
}

// stop ends the writer after what it was given.
func (w *writer) stop() {
	w.once.Do(func() { close(w.over) })
	<-w.ended
}

func (w *writer) run() {
	defer close(w.ended)
	defer w.conn.Close() //nolint:errcheck // the database is closed next
	for {
		select {
		case c := <-w.changes:
			w.commit(w.gather(c))
		case <-w.over:
			for len(w.changes) > 0 {
				w.commit(w.gather(<-w.changes))
			}
			return
		}
	}
}

// gather takes what waits.
func (w *writer) gather(first *change) []*change {
	group := []*change{first}
	for len(group) < maxGroup {
		select {
		case c := <-w.changes:
			group = append(group, c)
		default:
			return group
		}
	}
	return group
}

// commit writes a group as one. When that fails, each is written by itself: one that cannot be written harms no other.
func (w *writer) commit(group []*change) {
	inside := slices.DeleteFunc(slices.Clone(group), func(c *change) bool { return c.outside })
	switch err := w.transact(inside); {
	case err != nil && len(inside) == 1:
		inside[0].err = err
	case err != nil:
		for _, c := range inside {
			c.err = w.transact([]*change{c})
		}
	}
	for _, c := range group {
		if c.outside {
			c.err = c.do(context.Background(), w)
		}
		close(c.done)
	}
}

// transact does changes in one transaction. Faults are the changes' own; any other error undoes all.
func (w *writer) transact(group []*change) error {
	if len(group) == 0 {
		return nil
	}
	ctx := context.Background() // half a group is never written
	if _, err := w.exec(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	for _, c := range group {
		c.err = c.do(ctx, w)
		var own *fault.Fault
		if c.err != nil && !errors.As(c.err, &own) {
			_, undone := w.exec(ctx, `ROLLBACK`)
			return errors.Join(c.err, ignoreNoTransaction(undone))
		}
	}
	_, err := w.exec(ctx, `COMMIT`)
	if err != nil {
		_, undone := w.exec(ctx, `ROLLBACK`)
		return errors.Join(err, ignoreNoTransaction(undone))
	}
	return nil
}

// ignoreNoTransaction lets pass that SQLite had rolled back by itself.
func ignoreNoTransaction(err error) error {
	var told *sqlite.Error
	if errors.As(err, &told) && told.Code() == codes.SQLITE_ERROR {
		return nil
	}
	return err
}

// statement prepares a statement once.
func (w *writer) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if s, ok := w.known[text]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(ctx, text) //nolint:sqlclosecheck // closed with the connection
	if err == nil {
		w.known[text] = s
	}
	return s, err
}

func (w *writer) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	s, err := w.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// each runs a query to its end.
func (w *writer) each(ctx context.Context, text string, args []any, row func(scanner) error) error {
	s, err := w.statement(ctx, text)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// changed says whether a statement changed anything.
func (w *writer) changed(ctx context.Context, text string, args ...any) (bool, error) {
	result, err := w.exec(ctx, text, args...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// fault gives an error of SQLite a code and a remedy.
func (q *Queue) fault(err error, doing string) error {
	var known *fault.Fault
	var told *sqlite.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if !errors.As(err, &told) {
		return fault.Wrap(fault.CodeOf(err), err, doing)
	}
	switch told.Code() & 0xff {
	case codes.SQLITE_FULL:
		return fault.Wrap(fault.Exhausted, err, "the disk with the queue "+q.path+" is full").WithRemedy("free some space; no task is lost")
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return fault.Wrap(fault.Malformed, err, "the queue "+q.path+" is damaged").
			WithRemedy("move the file away and start kai again: it begins with an empty queue, conversations are kept elsewhere")
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return fault.Wrap(fault.Unavailable, err, "another program is using the queue "+q.path).WithRemedy("close it, then try again")
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_CANTOPEN, codes.SQLITE_AUTH, codes.SQLITE_IOERR:
		return fault.Wrap(fault.Unavailable, err, "the queue "+q.path+" can't be read and written").
			WithRemedy("check the disk, and that you may write there")
	}
	return fault.Wrap(fault.Internal, err, doing)
}

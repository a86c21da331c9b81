package clients

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// How long a browser may wait at the door, and how many do at once.
const (
	WaitAge    = 5 * time.Minute
	maxWaiting = 8
	codeRange  = 1_000_000
)

// Door is where browsers wait until a person lets them in. It is in memory alone. Its methods are safe for concurrent use.
type Door struct {
	book Book
	now  func() time.Time

	mu      sync.Mutex // guards waiting
	waiting []*waiter
}

// Waiting is a browser at the door. Both its own page and the person's show Code: they are compared.
type Waiting struct {
	ID       string
	Code     string // six digits
	Name     string
	Address  string
	Since    time.Time
	Approved bool // it comes in with its next question
}

type waiter struct {
	Waiting
	secret [sha256.Size]byte // of what it shows to be known again
}

// NewDoor is the door of a book.
func NewDoor(b Book, now func() time.Time) *Door { return &Door{book: b, now: now} }

// Ask has a browser wait, and gives what it shows to be known again. fault.Exhausted when too many wait.
func (d *Door) Ask(name, address string) (secret string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expire()
	if len(d.waiting) >= maxWaiting {
		return "", fault.New(fault.Exhausted, "%d browsers wait to be let in", maxWaiting).WithRemedy("try again in a few minutes")
	}
	var id [8]byte
	_, _ = rand.Read(id[:]) // crypto/rand.Read never fails since Go 1.24
	secret = rand.Text()
	code, err := d.code()
	if err != nil {
		return "", err
	}
	w := &waiter{Waiting{ID: hex.EncodeToString(id[:]), Code: code, Name: name, Address: address, Since: d.now()}, sha256.Sum256([]byte(secret))}
	d.waiting = append(d.waiting, w)
	return secret, nil
}

// code is one that nobody else who waits has.
func (d *Door) code() (string, error) {
	for {
		n, err := rand.Int(rand.Reader, big.NewInt(codeRange))
		if err != nil {
			return "", fault.Wrap(fault.Internal, err, "no code could be made")
		}
		code := fmt.Sprintf("%06d", n)
		if !slices.ContainsFunc(d.waiting, func(w *waiter) bool { return w.Code == code }) {
			return code, nil
		}
	}
}

// expire forgets those that have waited too long. The caller has mu.
func (d *Door) expire() {
	now := d.now()
	d.waiting = slices.DeleteFunc(d.waiting, func(w *waiter) bool { return now.Sub(w.Since) >= WaitAge })
}

// Waiting lists who waits, the first first.
func (d *Door) Waiting() []Waiting {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expire()
	out := make([]Waiting, len(d.waiting))
	for i, w := range d.waiting {
		out[i] = w.Waiting
	}
	return out
}

// Enter answers how it is with the browser that shows a secret. One that was let in becomes a client, is given its token,
// and waits no more. fault.NotFound when it was refused, or waited too long.
func (d *Door) Enter(secret string) (Waiting, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expire()
	sum := sha256.Sum256([]byte(secret))
	at := slices.IndexFunc(d.waiting, func(w *waiter) bool { return w.secret == sum })
	if at < 0 {
		return Waiting{}, "", fault.New(fault.NotFound, "this browser was not let in").WithRemedy("ask once more")
	}
	w := d.waiting[at].Waiting
	if !w.Approved {
		return w, "", nil
	}
	token, err := d.add(w.Name)
	if err != nil {
		return w, "", err
	}
	d.waiting = slices.Delete(d.waiting, at, at+1)
	return w, token, nil
}

// add makes a client of that name, or the next one that is free.
func (d *Door) add(name string) (string, error) {
	for n := 1; ; n++ {
		called := name
		if n > 1 {
			called = fmt.Sprintf("%s %d", name, n)
		}
		token, err := d.book.Add(called, d.now())
		if fault.CodeOf(err) != fault.Conflict {
			return token, err
		}
	}
}

// Approve lets one in; fault.NotFound when it waits no more.
func (d *Door) Approve(id string) error {
	return d.change(id, func(at int) { d.waiting[at].Approved = true })
}

// Refuse sends one away; fault.NotFound when it waits no more.
func (d *Door) Refuse(id string) error {
	return d.change(id, func(at int) { d.waiting = slices.Delete(d.waiting, at, at+1) })
}

func (d *Door) change(id string, change func(at int)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expire()
	at := slices.IndexFunc(d.waiting, func(w *waiter) bool { return w.ID == id })
	if at < 0 {
		return fault.New(fault.NotFound, "that browser waits no more").WithField("id").WithRemedy("let it ask once more")
	}
	change(at)
	return nil
}

package replica

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/replica/life"
)

// maxMeetings bounds how often both sides take new ids before an exchange gives up.
const maxMeetings = 4

// Report says what an exchange did.
type Report struct {
	Partner string `json:"partner"` // the other replica
	Pulled  int    `json:"pulled"`  // records that came
	Pushed  int    `json:"pushed"`  // records that went
	Copies  int    `json:"copies"`  // texts that lost and were kept, on either side
	Dropped int    `json:"dropped"` // records given up because the other side has forgotten deleting them
}

// Progress is told while an exchange goes on: how far the other's feed and ours are exchanged, of how much.
type Progress struct {
	Taken, TakenOf uint64
	Given, GivenOf uint64
}

// dialing is one exchange from the dialer's side.
type dialing struct {
	r        *Replica
	ex       Exchange
	link     *link
	open     Opened
	given    uint64 // how far the other side has taken our feed
	head     uint64 // where our feed ended when that was asked last; 0 before
	owed     bool   // there may be something here that the other side has not been given
	report   Report
	progress func(Progress)
}

// Sync exchanges with whoever answers until both had all that the other has when it was asked last. It may be cut at any
// point and called again. progress may be nil. fault.Conflict: an exchange with the same replica is under way.
func (r *Replica) Sync(ctx context.Context, ex Exchange, progress func(Progress)) (Report, error) {
	return r.dial(ctx, &dialing{r: r, ex: ex, progress: progress, owed: true})
}

// Take is Sync for who knows that nothing was written here since the last exchange: our feed is read only if what comes makes
// something that the other side has not. What was written all the same is given by the next Sync.
func (r *Replica) Take(ctx context.Context, ex Exchange, progress func(Progress)) (Report, error) {
	return r.dial(ctx, &dialing{r: r, ex: ex, progress: progress})
}

func (r *Replica) dial(ctx context.Context, d *dialing) (Report, error) {
	if d.progress == nil {
		d.progress = func(Progress) {}
	}
	if err := d.meet(ctx); err != nil {
		return d.report, err
	}
	defer d.link.mu.Unlock()
	err := d.exchange(ctx)
	d.link.known = err == nil
	return d.report, err
}

// meet opens a session, taking a new id where the old one turns out to be another store's too.
func (d *dialing) meet(ctx context.Context) error {
	var err error
	for range maxMeetings {
		var me life.Self
		if me, err = d.r.self(ctx); err != nil {
			return err
		}
		switch err = d.tryMeet(ctx, me); fault.CodeOf(err) {
		case fault.Fenced:
			if renamed := d.r.rename(ctx, me.ID); renamed != nil {
				return renamed
			}
		case fault.Conflict:
			if d.link == nil { // it was not the other side's answer
				return err
			}
		default:
			return err
		}
	}
	return err
}

// tryMeet leaves the link locked when it succeeds.
func (d *dialing) tryMeet(ctx context.Context, me life.Self) error {
	d.link = nil
	partner, err := d.ex.Hello(ctx)
	if err != nil {
		return err
	}
	if !visible(partner.Replica) {
		return fault.New(fault.Malformed, "the other side's name is no replica's")
	}
	l := d.r.link(dialed, me.ID, partner.Replica)
	if !l.mu.TryLock() {
		return overtaken(fault.New(fault.Conflict, "an exchange is under way"))
	}
	if err = d.openLink(ctx, l, me, partner.Replica); err != nil {
		l.known = false
		l.mu.Unlock()
	}
	return err
}

func (d *dialing) openLink(ctx context.Context, l *link, me life.Self, partner string) error {
	if err := l.know(ctx, d.r.opt.Store); err != nil {
		return err
	}
	d.link, d.report.Partner = l, partner
	open, err := d.ex.Open(ctx, Open{Replica: me.ID, To: partner, Digest: d.r.choice.digest, Taken: l.stored.Taken})
	if err != nil {
		return err
	}
	if me, err = d.agree(ctx, l, me, open.Taken); err != nil {
		return err
	}
	d.open, d.given = open, open.Taken.Seq
	return d.r.meet(ctx, l, me, d.r.choice.digest+"/"+open.Digest, open.Taken.Seq)
}

// agree checks that the other side stands where this store once was. Where it stands as it did at the end of the last
// exchange there is nothing to check.
func (d *dialing) agree(ctx context.Context, l *link, me life.Self, taken Position) (life.Self, error) {
	if l.eras != nil && taken == l.eras.At(l.read) {
		return me, nil
	}
	head, err := d.r.opt.Store.Apply(ctx)
	if err != nil {
		return me, err
	}
	d.head = head.Seq
	was, err := d.r.wasAt(ctx, taken, head.Seq)
	if err != nil {
		return me, err
	}
	if !was {
		return me, fault.New(fault.Fenced, "another copy of this store exchanges under the same id")
	}
	now, err := d.r.self(ctx)
	if err == nil && now.ID != me.ID {
		err = fault.New(fault.Conflict, "this store has just taken a new id")
	}
	return now, err
}

func (d *dialing) exchange(ctx context.Context) error {
	if err := d.renew(ctx); err != nil {
		return err
	}
	for {
		if d.owed {
			d.owed = false
			if err := d.push(ctx); err != nil {
				return err
			}
		}
		more, err := d.pull(ctx) // also what came of the push there
		if err != nil {
			return err
		}
		if !more && !d.owed {
			return d.remember(ctx)
		}
	}
}

// remember writes down what came from the other side.
func (d *dialing) remember(ctx context.Context) error {
	if d.link.remembersCame() {
		return nil
	}
	return d.r.save(ctx, d.link, d.link.stored)
}

// push hands over our feed to its end.
func (d *dialing) push(ctx context.Context) error {
	l := d.link
	for stuck := 0; stuck < maxTries; {
		page, err := d.r.page(ctx, l, d.given)
		if err != nil {
			return err
		}
		if len(page.Records) == 0 && page.To < d.open.Taken.Seq+d.r.quiet() {
			d.given = page.To // nothing in it for the other side: it need not know
		} else {
			before := d.given
			if err := d.pushPage(ctx, page); err != nil {
				return err
			}
			if stuck++; d.given > before {
				stuck = 0
			}
		}
		d.tell()
		if !page.More && d.given >= page.To {
			return nil
		}
	}
	return fault.New(fault.Malformed, "the other side does not take what it is given")
}

// measure asks where our feed ends, to show progress by, when one page is not all.
func (d *dialing) measure(ctx context.Context, page Page) error {
	if !page.More || d.head > 0 {
		return nil
	}
	head, err := d.r.opt.Store.Apply(ctx)
	d.head = head.Seq
	return err
}

func (d *dialing) pushPage(ctx context.Context, page Page) error {
	if err := d.measure(ctx, page); err != nil {
		return err
	}
	page.From = d.open.Taken.Seq // what lies between was of no use to the other side
	pushed, err := d.ex.Push(ctx, Push{Session: d.open.Session, Taken: d.link.taken.Seq, Page: page})
	if err != nil {
		return err
	}
	if pushed.Taken == page.To {
		d.report.Pushed += len(page.Records)
	}
	d.report.Copies += pushed.Copies
	d.given, d.open.Taken.Seq = pushed.Taken, pushed.Taken
	d.link.read = pushed.Taken
	return nil
}

// pull takes some pages of the other's feed and says whether there are more.
func (d *dialing) pull(ctx context.Context) (more bool, err error) {
	l := d.link
	err = d.ex.Pull(ctx, Pull{Session: d.open.Session, Since: l.taken.Seq, Pages: streamPages}, func(page Page) error {
		if page.From != l.taken.Seq || page.To < page.From || page.More && page.To == page.From {
			return fault.New(fault.Malformed, "the other side sent changes after %d, not after %d", page.From, l.taken.Seq)
		}
		done, err := d.r.merge(ctx, l, page)
		if err != nil {
			return err
		}
		more, d.owed = page.More, d.owed || len(done.ours) > 0
		d.report.Pulled += len(page.Records)
		d.report.Copies += done.copies
		d.tell()
		return nil
	})
	return more, err
}

func (d *dialing) tell() {
	d.progress(Progress{
		Taken: d.link.taken.Seq, TakenOf: max(d.open.Head, d.link.taken.Seq),
		Given: d.given, GivenOf: max(d.head, d.given),
	})
}

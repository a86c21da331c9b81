package replica

import (
	"context"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica/life"
)

// Server answers whoever dials a replica. It is an Exchange, so that two replicas in one process need nothing between them.
type Server struct{ replica *Replica }

// NewServer makes the answering side of a replica.
func NewServer(r *Replica) *Server { return &Server{r} }

var _ Exchange = (*Server)(nil)

// Hello says who answers.
func (s *Server) Hello(ctx context.Context) (Identity, error) {
	me, err := s.replica.self(ctx)
	return Identity{Replica: me.ID}, err
}

// Open begins a session; see Exchange.
func (s *Server) Open(ctx context.Context, in Open) (Opened, error) {
	r := s.replica
	me, err := r.self(ctx)
	switch {
	case err != nil:
		return Opened{}, err
	case in.To != me.ID:
		return Opened{}, fault.New(fault.Conflict, "another replica answers here now").WithRemedy("say hello again")
	case !visible(in.Replica) || in.Replica == me.ID:
		return Opened{}, fault.New(fault.Fenced, "this store is a copy of the one that it dials").WithRemedy("take a new id")
	}
	l := r.link(answered, me.ID, in.Replica)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.know(ctx, r.opt.Store); err != nil {
		return Opened{}, err
	}
	head, err := r.opt.Store.Apply(ctx)
	if err != nil {
		return Opened{}, err
	}
	was, err := r.wasAt(ctx, in.Taken, head.Seq)
	if err != nil {
		return Opened{}, err
	}
	if !was {
		if err := r.rename(ctx, me.ID); err != nil {
			return Opened{}, err
		}
		return Opened{}, fault.New(fault.Conflict, "this store is a copy and has just taken a new id").WithRemedy("say hello again")
	}
	if me, err = r.self(ctx); err != nil {
		return Opened{}, err
	}
	return s.admit(ctx, l, me, in, Opened{Digest: r.choice.digest, Floor: me.Floor, Head: head.Seq})
}

func (s *Server) admit(ctx context.Context, l *link, me life.Self, in Open, out Opened) (Opened, error) {
	r := s.replica
	if err := r.meet(ctx, l, me, in.Digest+"/"+out.Digest, in.Taken.Seq); err != nil {
		l.known = false
		return Opened{}, err
	}
	r.begin(l, r.opt.NewID())
	out.Session, out.Taken = l.session, l.stored.Taken
	return out, nil
}

// visible says whether a text from outside can be part of a record's id.
func visible(id string) bool {
	const longest = 64
	return id != "" && len(id) <= longest && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

// session finds the link of an open session and locks it. taken is how far the dialer has taken our feed.
func (s *Server) session(name string, taken uint64) (*link, error) {
	r := s.replica
	r.mu.Lock()
	found := r.sessions[name]
	r.mu.Unlock()
	if found == nil {
		return nil, over()
	}
	found.mu.Lock()
	if found.session != name {
		found.mu.Unlock()
		return nil, over()
	}
	found.read = max(found.read, taken)
	return found, nil
}

func over() error {
	return fault.New(fault.Unavailable, "this exchange is over").WithRemedy("open another one")
}

// Pull streams what the dialer has not taken; see Exchange.
func (s *Server) Pull(ctx context.Context, in Pull, take func(Page) error) error {
	pages := min(max(in.Pages, 1), streamPages)
	for since := in.Since; pages > 0; pages-- {
		page, err := s.pullPage(ctx, in.Session, in.Since, since)
		if err != nil {
			return err
		}
		if err := take(page); err != nil || !page.More {
			return err
		}
		since = page.To
	}
	return nil
}

func (s *Server) pullPage(ctx context.Context, session string, taken, since uint64) (Page, error) {
	l, err := s.session(session, taken)
	if err != nil {
		return Page{}, err
	}
	defer l.mu.Unlock()
	return s.replica.page(ctx, l, since)
}

// Push takes a page of the dialer's feed; see Exchange.
func (s *Server) Push(ctx context.Context, in Push) (Pushed, error) {
	l, err := s.session(in.Session, in.Taken)
	if err != nil {
		return Pushed{}, err
	}
	defer l.mu.Unlock()
	if in.Page.From != l.taken.Seq || in.Page.To < in.Page.From {
		return Pushed{Taken: l.taken.Seq}, nil
	}
	done, err := s.replica.merge(ctx, l, in.Page)
	l.known = err == nil
	return Pushed{Taken: l.taken.Seq, Copies: done.copies}, err
}

// Missing answers which records are not here; see Exchange.
func (s *Server) Missing(ctx context.Context, in Missing) (Absent, error) {
	l, err := s.session(in.Session, 0)
	if err != nil {
		return Absent{}, err
	}
	defer l.mu.Unlock()
	var shared []record.Key
	theirs := map[record.Key]record.Version{}
	for i, key := range in.Keys {
		if s.replica.choice.kinds[key.Kind] { // what this side does not share tells nothing
			shared = append(shared, key)
			if i < len(in.Versions) {
				theirs[key] = in.Versions[i]
			}
		}
	}
	found, err := s.replica.opt.Store.Get(ctx, shared...)
	var out Absent
	for _, rec := range found {
		if rec.Version == "" || rec.Version < theirs[rec.Key()] {
			out.Keys = append(out.Keys, rec.Key())
		}
	}
	return out, err
}

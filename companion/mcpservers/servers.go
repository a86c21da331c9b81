package mcpservers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/tool"
)

// Times of a server.
const (
	connectWithin = 20 * time.Second // npx and the like fetch a program first
	listWithin    = 10 * time.Second
	firstPause    = time.Second // before a server that failed is tried again; twice as long each time
	longestPause  = time.Minute
)

// SourcePrefix begins the source of a tool; the server's name follows.
const SourcePrefix = "mcp "

// Options say what Servers needs.
type Options struct {
	Book    Book
	Vault   config.Vault // gives the values that are vault:ID; nil for none
	Version string       // of kai, which servers are told
	Log     *slog.Logger
	Now     func() time.Time
}

// Servers holds connections to the servers of a Book. A server is started or dialed when its tools are first listed or called.
type Servers struct {
	opt  Options
	life context.Context //nolint:containedctx // ends what outlives a call: the wait for a server's end
	end  context.CancelFunc
	wait sync.WaitGroup

	mu   sync.Mutex
	held map[string]*held
}

// held is what is known of one server.
type held struct {
	Server

	mu      sync.Mutex // held while the server is started or asked for its tools
	session *mcp.ClientSession
	tools   map[string]string // by the name that models know: the server's own
	list    []tool.Definition
	faults  []string
	wrong   error
	pause   time.Duration
	again   time.Time // not before
}

// New makes Servers. Close ends them.
func New(opt Options) *Servers {
	life, end := context.WithCancel(context.Background())
	return &Servers{opt: opt, life: life, end: end, held: map[string]*held{}}
}

// Close ends all connections; programs that were started are stopped.
func (s *Servers) Close() {
	s.end()
	s.mu.Lock()
	for name, h := range s.held {
		s.drop(name, h)
	}
	s.mu.Unlock()
	s.wait.Wait()
}

// drop ends a server that is held no more. The caller holds s.mu.
func (s *Servers) drop(name string, h *held) {
	delete(s.held, name)
	s.wait.Go(h.close)
}

// Owns says whether tools of a source are those of a server.
func (s *Servers) Owns(source string) bool { return strings.HasPrefix(source, SourcePrefix) }

// List gives the tools of all servers, and of which there are none now and why. Servers are asked side by side.
func (s *Servers) List(ctx context.Context) tool.List {
	all, err := s.current()
	if err != nil {
		return tool.List{Faults: []string{fault.Public(err).Words()}}
	}
	lists := make([]tool.List, len(all))
	var group sync.WaitGroup
	for i, h := range all {
		group.Go(func() { lists[i] = s.listOf(ctx, h) })
	}
	group.Wait()
	var out tool.List
	for _, one := range lists {
		out.Tools, out.Faults = append(out.Tools, one.Tools...), append(out.Faults, one.Faults...)
	}
	return out
}

// ListOf gives the tools of one server, and what is wrong with some of them; that it is not there is an error.
func (s *Servers) ListOf(ctx context.Context, name string) (tool.List, error) {
	all, err := s.current()
	if err != nil {
		return tool.List{}, err
	}
	for _, h := range all {
		if h.Name == name {
			h.mu.Lock()
			defer h.mu.Unlock()
			err := s.ready(ctx, h)
			return tool.List{Tools: h.list, Faults: h.faults}, err
		}
	}
	return tool.List{}, fault.New(fault.NotFound, "there is no MCP server called %.40q", name).WithField("name").WithRemedy("kai mcp list shows them")
}

func (s *Servers) listOf(ctx context.Context, h *held) tool.List {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := s.ready(ctx, h); err != nil {
		return tool.List{Faults: []string{h.Name + ": " + fault.Public(err).Words()}}
	}
	return tool.List{Tools: h.list, Faults: h.faults}
}

// Call calls a tool. What the server itself says went wrong is a fault in its words.
func (s *Servers) Call(ctx context.Context, c tool.Call) (string, error) {
	all, err := s.current()
	if err != nil {
		return "", err
	}
	for _, h := range all {
		if SourcePrefix+h.Name == c.Source {
			return s.callOf(ctx, h, c)
		}
	}
	return "", fault.New(fault.NotFound, "the MCP server of the tool %.80q is gone", c.Name).WithField("source")
}

func (s *Servers) callOf(ctx context.Context, h *held, c tool.Call) (string, error) {
	h.mu.Lock()
	err := s.ready(ctx, h)
	session, name := h.session, h.tools[c.Name]
	h.mu.Unlock()
	switch {
	case err != nil:
		return "", err
	case name == "":
		return "", fault.New(fault.NotFound, "the MCP server %s has no tool %.80q any more", h.Name, c.Name).WithField("name")
	}
	res, err := session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: json.RawMessage(c.Arguments)})
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		if errors.Is(err, mcp.ErrConnectionClosed) {
			return "", fault.Wrap(fault.Unavailable, err, "the MCP server "+h.Name+" ended in the middle of the call").WithRemedy("it is started again at the next call")
		}
		return "", fault.Wrap(fault.Unavailable, err, "the MCP server "+h.Name+" did not answer the call: "+short(err.Error()))
	case res.IsError:
		return "", fault.New(fault.Invalid, "%s", short(textOf(res)))
	}
	return textOf(res), nil
}

// current gives what is held of the servers that are in the book now; of the others nothing is held any more.
func (s *Servers) current() ([]*held, error) {
	book, err := s.opt.Book.All()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life.Err() != nil {
		return nil, fault.New(fault.Unavailable, "kai is stopping")
	}
	out, kept := make([]*held, 0, len(book)), map[string]bool{}
	for _, one := range book {
		h := s.held[one.Name]
		if h == nil || !reflect.DeepEqual(h.Server, one) {
			if h != nil {
				s.drop(one.Name, h)
			}
			h = &held{Server: one}
			s.held[one.Name] = h
		}
		kept[one.Name] = true
		out = append(out, h)
	}
	for name, h := range s.held {
		if !kept[name] {
			s.drop(name, h)
		}
	}
	return out, nil
}

// ready connects a server that is not connected and asks for its tools. One that failed is left alone for a while. The caller
// holds h.mu.
func (s *Servers) ready(ctx context.Context, h *held) error {
	if h.session != nil {
		return nil
	}
	if now := s.opt.Now(); now.Before(h.again) {
		return h.wrong
	}
	err := s.connect(ctx, h)
	if err == nil {
		h.wrong, h.pause = nil, 0
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.opt.Log.Warn("an MCP server is not there", "server", h.Name, "error", err)
	h.wrong = fault.Wrap(fault.Unavailable, err, "the MCP server "+h.Name+" does not work: "+short(err.Error())).
		WithRemedy("look whether it runs by itself: %s", h.At())
	h.pause = min(max(2*h.pause, firstPause), longestPause)
	h.again = s.opt.Now().Add(h.pause)
	return h.wrong
}

func (s *Servers) connect(ctx context.Context, h *held) error {
	within, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	to, err := s.transport(within, h.Server)
	if err != nil {
		return err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "kai", Title: "kAI", Version: s.opt.Version}, &mcp.ClientOptions{
		Capabilities:           &mcp.ClientCapabilities{}, // it is shown no folders and may ask no model
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) { s.forget(h) },
	})
	session, err := client.Connect(within, to, nil)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if err := h.ask(within, session); err != nil {
		_ = session.Close()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life.Err() != nil { // Close has looked for sessions already
		_ = session.Close()
		return fault.New(fault.Unavailable, "kai is stopping")
	}
	h.session = session
	s.wait.Go(func() {
		_ = session.Wait()
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.session == session {
			h.session, h.again = nil, s.opt.Now().Add(firstPause)
			h.wrong = fault.New(fault.Unavailable, "the MCP server %s has ended", h.Name).WithRemedy("it is started again at the next call")
		}
	})
	return nil
}

// forget has the tools of a server asked for anew.
func (s *Servers) forget(h *held) {
	s.wait.Go(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.session == nil {
			return
		}
		ctx, cancel := context.WithTimeout(s.life, listWithin)
		defer cancel()
		if err := h.ask(ctx, h.session); err != nil {
			s.opt.Log.Warn("an MCP server does not tell its new tools", "server", h.Name, "error", err)
		}
	})
}

// ask has a server list its tools. Those that no service would take are named and left out.
func (h *held) ask(ctx context.Context, session *mcp.ClientSession) error {
	ctx, cancel := context.WithTimeout(ctx, listWithin)
	defer cancel()
	h.tools, h.list, h.faults = map[string]string{}, nil, nil
	for one, err := range session.Tools(ctx, nil) {
		if err != nil {
			return fmt.Errorf("list its tools: %w", err)
		}
		if len(h.list) >= tool.MaxTools {
			h.faults = append(h.faults, fmt.Sprintf("%s: it has more than %d tools; the others are left out.", h.Name, tool.MaxTools))
			break
		}
		d, err := definition(h.Name, one)
		if err == nil && h.tools[d.Name] != "" {
			err = fault.New(fault.Conflict, "two of its tools are called %s", d.Name)
		}
		if err != nil {
			h.faults = append(h.faults, h.Name+": "+fault.Public(err).Words())
			continue
		}
		h.tools[d.Name], h.list = one.Name, append(h.list, d)
	}
	return nil
}

func (h *held) close() {
	h.mu.Lock()
	session := h.session
	h.session = nil
	h.mu.Unlock()
	if session != nil {
		_ = session.Close()
	}
}

package runtime

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/service"
)

// unmarked is a Transport that has the browser leave the Origin header off requests to model servers on this computer:
// a stock server refuses an extension's origin. The rule is made before the first request to each address.
type unmarked struct {
	next service.Transport
	rule func(ctx context.Context, urls []string) (string, error)
	log  *logs.Logger
	turn chan struct{} // held while the rule is changed

	mu    sync.Mutex // guards ruled
	ruled []string
}

func newUnmarked(next service.Transport, rule func(context.Context, []string) (string, error), log *logs.Logger) service.Transport {
	if rule == nil {
		return next
	}
	return &unmarked{next: next, rule: rule, log: log, turn: make(chan struct{}, 1)}
}

// Do makes sure of the rule, then asks. Without a rule it asks all the same: the server may allow this origin.
func (u *unmarked) Do(ctx context.Context, r *service.Request) (*service.Response, error) {
	if origin := loopback(r.URL); origin != "" && !u.has(origin) {
		u.extend(ctx, origin)
	}
	return u.next.Do(ctx, r)
}

func (u *unmarked) has(origin string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Contains(u.ruled, origin)
}

// extend adds an origin to the rule. A browser that refuses is asked once for each origin.
func (u *unmarked) extend(ctx context.Context, origin string) {
	select {
	case u.turn <- struct{}{}:
		defer func() { <-u.turn }()
	case <-ctx.Done():
		return
	}
	u.mu.Lock()
	known := slices.Contains(u.ruled, origin)
	all := append(slices.Clone(u.ruled), origin)
	u.mu.Unlock()
	if known {
		return
	}
	refused, err := u.rule(ctx, all)
	if err != nil || refused != "" {
		u.log.Warn("requests to a local service carry this extension's origin", "service", origin, "why", refused, "err", err)
	}
	if ctx.Err() != nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ruled = all
}

// loopback gives the origin of an address on this computer, "" for any other.
func loopback(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || (scheme != "http" && scheme != "https") {
		return ""
	}
	host := rest[:strings.IndexAny(rest+"/", "/?#")]
	name := strings.ToLower(host)
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, ']') {
		name = name[:i]
	}
	if name == "localhost" || name == "[::1]" || isLoopback4(name) {
		return scheme + "://" + host
	}
	return ""
}

// isLoopback4 says whether a name is an address 127.a.b.c and nothing else.
func isLoopback4(name string) bool {
	parts := strings.Split(name, ".")
	for _, part := range parts {
		if part == "" || len(part) > 3 || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return len(parts) == 4 && parts[0] == "127"
}

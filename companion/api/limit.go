package api

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/fault"
)

// Rates is how many calls one caller may make: so many at once, and so many a second on and on.
type Rates struct {
	Near, Far Rate // from this computer, and over a network
}

// Rate is a full bucket of calls, and how fast it fills again.
type Rate struct {
	Burst     int
	PerSecond float64
}

// DefaultRates are the rates when none are given. From a network at most 1,000 calls in any 3,600 s (definitions 2.7): the
// bucket of 100 and the 900 that come after. On this computer it is the person's own program, which may load a whole history
// or make embeddings of a folder: there the bound only keeps a program that went wild from taking the processor.
func DefaultRates() Rates {
	return Rates{Near: Rate{Burst: 2000, PerSecond: 200}, Far: Rate{Burst: 100, PerSecond: 900.0 / 3600}}
}

// maxBuckets bounds how many callers are told apart; further ones share a bucket.
const maxBuckets = 4096

// limits count the calls of each caller.
type limits struct {
	rates Rates
	now   func() time.Time

	mu      sync.Mutex // guards buckets
	buckets map[string]*rate.Limiter
}

func newLimits(rates Rates, now func() time.Time) *limits {
	if rates == (Rates{}) {
		rates = DefaultRates()
	}
	return &limits{rates: rates, now: now, buckets: map[string]*rate.Limiter{}}
}

// take counts a call; when there were too many it answers how long to wait.
func (l *limits) take(caller string, far bool) (wait time.Duration) {
	now := l.now()
	turn := l.bucket(caller, far, now).ReserveN(now, 1)
	if wait = turn.DelayFrom(now); wait > 0 {
		turn.CancelAt(now)
	}
	return wait
}

// bucket finds the bucket of a caller. Full ones are forgotten when there are many: a new one is as full.
func (l *limits) bucket(caller string, far bool, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.buckets[caller]
	if held == nil && len(l.buckets) >= maxBuckets {
		for key, b := range l.buckets {
			if b.TokensAt(now) >= float64(b.Burst()) {
				delete(l.buckets, key)
			}
		}
		if len(l.buckets) >= maxBuckets {
			caller = "others"
			held = l.buckets[caller]
		}
	}
	if held == nil {
		of := l.rates.Near
		if far {
			of = l.rates.Far
		}
		held = rate.NewLimiter(rate.Limit(of.PerSecond), of.Burst)
		l.buckets[caller] = held
	}
	return held
}

// slow answers a caller who called too often; false when this call may go on. Who was let in and who was not have buckets of
// their own, so that nobody without a token uses up what the person has.
func (s *Server) slow(w http.ResponseWriter, r *http.Request, letIn bool) bool {
	peer, far := peerOf(r)
	caller := peer
	if letIn {
		sum := sha256.Sum256([]byte(s.shown(r)))
		caller += " " + hex.EncodeToString(sum[:8])
	}
	wait := s.limits.take(caller, far)
	if wait <= 0 {
		return false
	}
	seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
	w.Header().Set("Retry-After", seconds)
	p := openapi.ProblemOf(fault.New(fault.Exhausted, "too many calls in a short time").WithRemedy("call again in %s s", seconds))
	p.Status, p.Title = http.StatusTooManyRequests, http.StatusText(http.StatusTooManyRequests)
	p.Write(w)
	return true
}

// peerOf says where a request comes from, and whether that is another computer. One that has an IPv6 address has 2^64.
func peerOf(r *http.Request) (peer string, far bool) {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unknown", true
	}
	ip := at.Addr().Unmap()
	if ip.IsLoopback() {
		return "here", false
	}
	if ip.Is6() {
		block, _ := ip.WithZone("").Prefix(64) // 64 bits are not too many
		return block.String(), true
	}
	return ip.String(), true
}

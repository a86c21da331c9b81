package federation

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/libp2p/zeroconf/v2"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
)

// How a kai is found in the network that it is in (definitions 2.1, row 12).
const (
	mdnsService   = "_kos._tcp"
	mdnsDomain    = "local."
	announceEvery = 30 * time.Second
)

// Beacon tells the networks of this computer by mDNS that a kai is here.
type Beacon struct {
	ID   klp.ID
	Port int
	TLS  bool
	Bind string // the address that is listened on; with 0.0.0.0 or :: every network is told
	Log  *slog.Logger
}

// text is what it says beside its address.
func (b Beacon) text() []string {
	scheme := "ws"
	if b.TLS {
		scheme = "wss"
	}
	return []string{"protocol=" + klp.Protocol, "id=" + string(b.ID), "scheme=" + scheme, "path=" + api.KLPPath}
}

// Run announces every 30 seconds until ctx ends. Networks that come and go are followed.
func (b Beacon) Run(ctx context.Context) {
	var server *zeroconf.Server
	var told string // where server announces
	down := func() {
		if server != nil {
			server.Shutdown()
			server, told = nil, ""
		}
	}
	defer down()
	tick := time.NewTicker(announceEvery)
	defer tick.Stop()
	for {
		networks, where := b.networks()
		switch {
		case where != told:
			down()
			if server = b.register(networks); server != nil {
				told = where
			}
		case server != nil:
			server.SetText(b.text()) // which announces it anew
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// register begins to answer and announce; nil when that cannot be done now.
func (b Beacon) register(networks []net.Interface) *zeroconf.Server {
	name := "kai-" + strings.TrimPrefix(b.ID.Short(), "kid:device:")
	server, err := zeroconf.Register(name, mdnsService, mdnsDomain, b.Port, b.text(), networks, zeroconf.TTL(uint32(4*announceEvery/time.Second)))
	if err != nil {
		b.Log.Warn("this kai cannot be found by mDNS", "error", err)
		return nil
	}
	return server
}

// networks are those that reach this kai, and a text that changes when they do.
func (b Beacon) networks() (out []net.Interface, where string) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, ""
	}
	bind, err := netip.ParseAddr(b.Bind)
	everywhere := err != nil || bind.IsUnspecified()
	for _, n := range all {
		const need = net.FlagUp | net.FlagMulticast
		addresses, err := n.Addrs()
		if err != nil || n.Flags&need != need || n.Flags&net.FlagLoopback != 0 || len(addresses) == 0 {
			continue
		}
		if everywhere || slices.ContainsFunc(addresses, func(a net.Addr) bool { return strings.HasPrefix(a.String(), bind.String()+"/") }) {
			out = append(out, n)
			where += fmt.Sprint(n.Name, addresses, ";")
		}
	}
	return out, where
}

// Found is a kai that announces itself. Anybody in the network can say so: nothing is proven before it was allowed and met.
type Found struct {
	ID   klp.ID `json:"id"`
	Name string `json:"name"` // of its computer
	URL  string `json:"url"`
}

// maxFound bounds how many are listed.
const maxFound = 1000

// Discover asks the networks of this computer for other kai, until ctx ends.
func Discover(ctx context.Context) ([]Found, error) {
	found, err := browse(ctx, zeroconf.IPv4AndIPv6)
	if err != nil && ctx.Err() == nil {
		found, err = browse(ctx, zeroconf.IPv4) // a computer may have no IPv6
	}
	if err != nil && ctx.Err() == nil {
		return nil, fault.Wrap(fault.Unavailable, err, "no network of this computer can be asked by mDNS").WithRemedy("look at its network connection")
	}
	slices.SortFunc(found, func(a, b Found) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.URL, b.URL)) })
	return slices.Compact(found), nil
}

func browse(ctx context.Context, over zeroconf.IPType) ([]Found, error) {
	entries, ended, done := make(chan *zeroconf.ServiceEntry), make(chan struct{}), make(chan []Found)
	go func() { done <- collect(entries, ended) }()
	err := zeroconf.Browse(ctx, mdnsService, mdnsDomain, entries, zeroconf.SelectIPTraffic(over))
	close(ended) // entries is closed only by one that could begin
	return <-done, err
}

// collect reads until there are no more entries, or it is told that none will come.
func collect(entries <-chan *zeroconf.ServiceEntry, over <-chan struct{}) (found []Found) {
	for {
		select {
		case e, more := <-entries:
			if !more {
				return found
			}
			if f, ok := read(e); ok && len(found) < maxFound {
				found = append(found, f)
			}
		case <-over:
			return found
		}
	}
}

// read makes what was announced a Found; false for what is no kai.
func read(e *zeroconf.ServiceEntry) (Found, bool) {
	said := map[string]string{}
	for _, line := range e.Text {
		name, value, _ := strings.Cut(line, "=")
		said[name] = value
	}
	id, err := klp.ParseID(said["id"])
	host := hostOf(e)
	if err != nil || host == "" || said["protocol"] != klp.Protocol || !strings.HasPrefix(said["path"], "/") {
		return Found{}, false
	}
	address, err := Address(said["scheme"] + "://" + net.JoinHostPort(host, strconv.Itoa(e.Port)) + said["path"])
	return Found{ID: id, Name: klp.Clip(strings.TrimSuffix(e.HostName, ".")), URL: address}, err == nil
}

// hostOf is the address by which it is dialed; a certificate is for a name.
func hostOf(e *zeroconf.ServiceEntry) string {
	for _, ip := range slices.Concat(e.AddrIPv4, e.AddrIPv6) {
		if !ip.IsLinkLocalUnicast() && !ip.IsMulticast() && !ip.IsUnspecified() {
			return ip.String()
		}
	}
	return ""
}

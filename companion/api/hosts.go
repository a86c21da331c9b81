package api

import (
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/kindos/kai/shared/config"
)

// hosts are the names by which this server may be called. A page of a stranger's site that points its name at us (DNS
// rebinding) calls us by that name, so a name that is not ours ends the request.
type hosts struct {
	first string // for people
	names []string
	port  string
	any   bool // bound to every address: an IP literal is ours when the connection came to it
}

// hostsOf lists the names for an address that is listened on.
func hostsOf(bind string, at net.Addr) hosts {
	port := portOf(at)
	h := hosts{port: strconv.Itoa(port)}
	names := []string{"127.0.0.1", "localhost", "[::1]"}
	if ip, err := netip.ParseAddr(bind); err == nil && !config.Loopback(bind) {
		h.any = ip.IsUnspecified()
		if !h.any {
			names = []string{bracket(ip)}
		}
		if own, err := os.Hostname(); err == nil {
			names = append(names, strings.ToLower(own), strings.ToLower(own)+".local")
		}
	} else if err == nil {
		names = append([]string{bracket(ip)}, names...)
	}
	for _, name := range names {
		h.names = append(h.names, name+":"+h.port)
		if port == http80 {
			h.names = append(h.names, name)
		}
	}
	h.first = h.names[0]
	return h
}

// http80 is the port that addresses leave out.
const http80 = 80

// allows says whether a request was sent to a name of ours.
func (h hosts) allows(r *http.Request) bool {
	host := strings.ToLower(r.Host)
	return slices.Contains(h.names, host) || h.any && h.literal(host, r)
}

// literal says whether the host is the very address that the connection came to. Such a host can't be a stranger's name.
func (h hosts) literal(host string, r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return false
	}
	ip, err := netip.ParseAddrPort(host)
	if err != nil {
		return false
	}
	mine := local.AddrPort()
	return ip.Port() == mine.Port() && ip.Addr().Unmap() == mine.Addr().Unmap().WithZone("")
}

// origin says whether an origin is the web app that this server itself serves, as called in this request.
func (h hosts) origin(origin string, r *http.Request) bool {
	return origin == "http://"+strings.ToLower(r.Host)
}

// bracket writes an address as it stands in a URL.
func bracket(ip netip.Addr) string {
	if ip.Is4() {
		return ip.String()
	}
	return "[" + ip.WithZone("").String() + "]"
}

// portOf is the port of a listener.
func portOf(at net.Addr) int {
	if tcp, ok := at.(*net.TCPAddr); ok {
		return tcp.Port
	}
	return 0
}

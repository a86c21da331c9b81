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
	scheme string // http or https
	first  string // for people
	names  []string
	port   string
	any    bool        // bound to every address: an IP literal is ours when the connection came to it
	cert   Certificate // nil without TLS: what it was made for is ours, too
}

// hostsOf lists the names for an address that is listened on, with a certificate or nil.
func hostsOf(bind string, at net.Addr, cert Certificate) hosts {
	port, usual := portOf(at), http80
	h := hosts{scheme: "http", port: strconv.Itoa(port), cert: cert}
	if cert != nil {
		h.scheme, usual = "https", https443
	}
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
		if port == usual {
			h.names = append(h.names, name)
		}
	}
	h.first = h.names[0]
	if cert != nil {
		h.first = h.certified()
	}
	return h
}

// The ports that addresses leave out.
const (
	http80   = 80
	https443 = 443
)

// certified is the host that a browser opens without a complaint: one of our own names if the certificate is for it, else
// the first that it is for.
func (h hosts) certified() string {
	for _, name := range h.names {
		if h.covered(name) {
			return name
		}
	}
	for _, name := range h.cert.Names() {
		if !strings.HasPrefix(name, "*") {
			return net.JoinHostPort(name, h.port)
		}
	}
	return h.names[0]
}

// covered says whether a host is one that our certificate is for. Its owner named those, and nobody else has the key.
func (h hosts) covered(host string) bool {
	if h.cert == nil {
		return false
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil { // the usual port
		name, port = strings.Trim(host, "[]"), strconv.Itoa(https443)
	}
	return port == h.port && h.cert.Covers(name)
}

// url is where a person finds us.
func (h hosts) url() string { return h.scheme + "://" + h.first }

// allows says whether a request was sent to a name of ours.
func (h hosts) allows(r *http.Request) bool {
	host := strings.ToLower(r.Host)
	return slices.Contains(h.names, host) || h.any && h.literal(host, r) || h.covered(host)
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
	return origin == h.scheme+"://"+strings.ToLower(r.Host)
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

// Package address reads addresses that people type: of services by http or https, and of computers (IP).
//
// It stands in for net/url and net/netip, which cost the browser's program 19 KB compressed for these few lines. What it
// reads, net/url reads alike; its tests hold it to that. Imports the standard library only.
package address

import (
	"strconv"
	"strings"
)

// URL is the address of a service, taken apart.
type URL struct {
	Scheme   string // in small letters
	Host     string // as written; an IPv6 address without its brackets
	Port     string // digits, or nothing
	Path     string // percent-encoded, so that it can be sent
	User     bool   // whether it held a name or password; they are not kept
	Query    bool   // whether it held a question mark
	Fragment bool   // whether it held something after a #
}

// Parse takes an address apart; false means that it is none. Any scheme that is followed by // is read, so that the
// caller can name a wrong one; another text with a scheme, as localhost:80 is, has no host.
//
// Stricter than net/url: a percent sign or a lone bracket in the host is refused, with it also zones of IPv6, which no
// browser can reach.
func Parse(text string) (URL, bool) {
	if strings.IndexFunc(text, control) >= 0 {
		return URL{}, false
	}
	var u URL
	text, fragment, _ := strings.Cut(text, "#")
	text, _, u.Query = strings.Cut(text, "?")
	u.Fragment = fragment != ""
	scheme, rest, ok := strings.Cut(text, ":")
	if !ok || !validScheme(scheme) {
		return URL{}, false
	}
	u.Scheme = strings.ToLower(scheme)
	rest, ok = strings.CutPrefix(rest, "//")
	if !ok {
		return u, true
	}
	authority := rest
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority = rest[:i]
	}
	path := rest[len(authority):]
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority, u.User = authority[i+1:], true
	}
	if u.Host, u.Port, ok = splitHost(authority); !ok {
		return URL{}, false
	}
	u.Path, ok = encodePath(path)
	return u, ok
}

// Authority is host and port as they stand in an address.
func (u URL) Authority() string {
	host := u.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if u.Port != "" {
		host += ":" + u.Port
	}
	return host
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

// validScheme holds a scheme to RFC 3986, 3.1.
func validScheme(s string) bool {
	if s == "" || !letter(s[0]) {
		return false
	}
	for _, c := range []byte(s) {
		if !letter(c) && !digit(c) && !strings.ContainsRune("+-.", rune(c)) {
			return false
		}
	}
	return true
}

// splitHost takes host and port apart; the brackets of an IPv6 address are not part of it.
func splitHost(s string) (host, port string, ok bool) {
	if inner, after, bracketed := strings.Cut(strings.TrimPrefix(s, "["), "]"); strings.HasPrefix(s, "[") {
		_, six := parseSix(inner)
		after, colon := strings.CutPrefix(after, ":")
		return inner, after, bracketed && six && (colon || after == "") && digits(after)
	}
	host, port, _ = strings.Cut(s, ":")
	for _, c := range []byte(host) {
		if c < 0x80 && !unreserved(c) && strings.IndexByte("!$&'()*+,;=\"<>", c) < 0 {
			return "", "", false
		}
	}
	return host, port, digits(port)
}

// encodePath encodes what a path can't hold as it is. One that holds nothing of that kind stays as it was written; in
// any other each byte comes into its one form.
func encodePath(path string) (string, bool) {
	var out strings.Builder
	plain := true
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' {
			if i+2 >= len(path) {
				return "", false
			}
			n, err := strconv.ParseUint(path[i+1:i+3], 16, 8)
			if err != nil {
				return "", false
			}
			c, i = byte(n), i+2
		} else if !unreserved(c) && strings.IndexByte("!$&'()*+,;=:@/[]", c) < 0 {
			plain = false
		}
		encodeByte(&out, c)
	}
	if plain {
		return path, true
	}
	return out.String(), true
}

func encodeByte(out *strings.Builder, c byte) {
	const hex = "0123456789ABCDEF"
	if unreserved(c) || strings.IndexByte("$&+,/:;=@", c) >= 0 {
		out.WriteByte(c)
		return
	}
	out.Write([]byte{'%', hex[c>>4], hex[c&15]})
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func digit(c byte) bool { return '0' <= c && c <= '9' }

func digits(s string) bool {
	for _, c := range []byte(s) {
		if !digit(c) {
			return false
		}
	}
	return true
}

// unreserved says whether a byte means itself everywhere (RFC 3986, 2.3).
func unreserved(c byte) bool { return letter(c) || digit(c) || strings.IndexByte("-._~", c) >= 0 }

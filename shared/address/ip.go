package address

import (
	"strconv"
	"strings"
)

// IP is an address of a computer. One of IPv4 is held as the IPv6 address that means it (::ffff:a.b.c.d).
type IP [16]byte

// ParseIP reads an IPv4 address, or one of IPv6 that may have a zone (fe80::1%eth0), which is not kept.
func ParseIP(text string) (IP, bool) {
	if !strings.Contains(text, ":") {
		ip := IP{10: 0xff, 11: 0xff}
		return ip, parseFour(text, ip[12:])
	}
	text, zone, zoned := strings.Cut(text, "%")
	if zoned && zone == "" {
		return IP{}, false
	}
	return parseSix(text)
}

// Loopback says whether the address is this computer's own.
func (ip IP) Loopback() bool {
	return ip == IP{15: 1} || ip[12] == 127 && IP(append(ip[:12:12], 0, 0, 0, 0)) == IP{10: 0xff, 11: 0xff}
}

// parseFour reads four numbers; one with a leading zero would be octal to some readers.
func parseFour(text string, into []byte) bool {
	parts := strings.Split(text, ".")
	if len(parts) != 4 {
		return false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil || len(part) > 1 && part[0] == '0' {
			return false
		}
		into[i] = byte(n)
	}
	return true
}

// parseSix reads an IPv6 address (RFC 4291, 2.2) without a zone.
func parseSix(text string) (IP, bool) {
	var ip IP
	head, tail, short := strings.Cut(text, "::")
	if !short {
		n, ok := parseGroups(head, ip[:])
		return ip, ok && n == len(ip)
	}
	if strings.Contains(tail, "::") || strings.HasPrefix(tail, ":") || strings.Contains(head, ".") {
		return IP{}, false
	}
	var end IP
	before, ok := parseGroups(head, ip[:])
	after, good := parseGroups(tail, end[:])
	if !ok || !good || before+after > len(ip)-2 { // :: stands for one group at least
		return IP{}, false
	}
	copy(ip[len(ip)-after:], end[:after])
	return ip, true
}

// parseGroups reads groups of up to four hexadecimal digits, of which the last may be an IPv4 address. It returns how
// many bytes they are.
func parseGroups(text string, into []byte) (int, bool) {
	if text == "" {
		return 0, true
	}
	groups := strings.Split(text, ":")
	n := 0
	for i, group := range groups {
		if i == len(groups)-1 && n+4 <= len(into) && parseFour(group, into[n:]) {
			return n + 4, true
		}
		v, err := strconv.ParseUint(group, 16, 16)
		if err != nil || len(group) > 4 || n+2 > len(into) {
			return 0, false
		}
		into[n], into[n+1] = byte(v>>8), byte(v)
		n += 2
	}
	return n, true
}

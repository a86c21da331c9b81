package service

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// maxAddress bounds a typed address, in bytes.
const maxAddress = 2048

// Address makes a base address of what a person typed: "localhost:11434", " http://[::1]:11434/ ", ":11434". A missing
// scheme becomes http; for a public host name without a port https, so that a key never crosses the internet in the
// clear by default. Faults name the field "url".
func Address(typed string) (string, error) {
	text := strings.TrimSpace(typed)
	if text == "" {
		return "", badAddress("the address is empty", "write where the service is, for example http://localhost:11434")
	}
	if len(text) > maxAddress || strings.ContainsAny(text, " \t\r\n\\") {
		return "", badAddress("that is not an address", "write one address, for example http://localhost:11434")
	}
	u, err := url.Parse(withScheme(text))
	if err != nil {
		return "", badAddress("that is not an address", "write it like http://localhost:11434; put an IPv6 address in [brackets]")
	}
	if err := checkAddress(u); err != nil {
		return "", err
	}
	return tidy(u), nil
}

func badAddress(message, remedy string) *fault.Fault {
	return fault.New(fault.Invalid, "%s", message).WithField("url").WithRemedy("%s", remedy)
}

func withScheme(text string) string {
	if strings.Contains(text, "://") {
		return text
	}
	if strings.HasPrefix(text, ":") {
		text = "localhost" + text
	}
	if host, _, _ := strings.Cut(text, "/"); isPublic(host) {
		return "https://" + text
	}
	return "http://" + text
}

// isPublic says whether host is a name of the public internet: dotted, no port, no address, no ending of a home network.
func isPublic(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || strings.Contains(host, ":") || !strings.Contains(host, ".") {
		return false
	}
	for _, ending := range []string{".local", ".lan", ".home", ".internal", ".localhost", ".arpa", ".test"} {
		if strings.HasSuffix(strings.ToLower(host), ending) {
			return false
		}
	}
	return true
}

func checkAddress(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return badAddress("a service is reached by http or https, not by "+u.Scheme, "write it like http://localhost:11434")
	case u.User != nil:
		return badAddress("the address holds a name or password", "remove the part before the @ and enter the key in its own field")
	case u.Hostname() == "":
		return badAddress("the address names no computer", "write it like http://localhost:11434")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return badAddress("the address holds a query or a fragment", "remove everything from the ? or # on")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return badAddress("there is no port "+port, "a port is a number from 1 to 65535")
		}
	}
	return nil
}

// tidy writes the address in one form, so that equal addresses are equal text. 0.0.0.0 is where a server listens, not
// where it can be reached on every system.
func tidy(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if host == "0.0.0.0" {
		host = "127.0.0.1"
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && port != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		host += ":" + port
	}
	return u.Scheme + "://" + host + strings.TrimRight(u.EscapedPath(), "/")
}

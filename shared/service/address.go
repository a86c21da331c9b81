package service

import (
	"strconv"
	"strings"

	"github.com/kindos/kai/shared/address"
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
	u, ok := address.Parse(withScheme(text))
	if !ok {
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
	if _, ok := address.ParseIP(host); ok || strings.Contains(host, ":") || !strings.Contains(host, ".") {
		return false
	}
	for _, ending := range []string{".local", ".lan", ".home", ".internal", ".localhost", ".arpa", ".test"} {
		if strings.HasSuffix(strings.ToLower(host), ending) {
			return false
		}
	}
	return true
}

func checkAddress(u address.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return badAddress("a service is reached by http or https, not by "+u.Scheme, "write it like http://localhost:11434")
	case u.User:
		return badAddress("the address holds a name or password", "remove the part before the @ and enter the key in its own field")
	case u.Host == "":
		return badAddress("the address names no computer", "write it like http://localhost:11434")
	case u.Query || u.Fragment:
		return badAddress("the address holds a query or a fragment", "remove everything from the ? or # on")
	}
	if u.Port != "" {
		if n, err := strconv.Atoi(u.Port); err != nil || n < 1 || n > 65535 {
			return badAddress("there is no port "+u.Port, "a port is a number from 1 to 65535")
		}
	}
	return nil
}

// tidy writes the address in one form, so that equal addresses are equal text. 0.0.0.0 is where a server listens, not
// where it can be reached on every system.
func tidy(u address.URL) string {
	u.Host = strings.ToLower(u.Host)
	if u.Host == "0.0.0.0" {
		u.Host = "127.0.0.1"
	}
	if u.Scheme == "http" && u.Port == "80" || u.Scheme == "https" && u.Port == "443" {
		u.Port = ""
	}
	return u.Scheme + "://" + u.Authority() + strings.TrimRight(u.Path, "/")
}

package config

import (
	"strconv"
	"strings"

	"github.com/kindos/kai/shared/address"
)

// Loopback says whether an address to listen on is reachable from this computer only.
func Loopback(bind string) bool {
	if bind == "localhost" {
		return true
	}
	ip, ok := address.ParseIP(bind)
	return ok && ip.Loopback()
}

// checkNetwork refuses what would let strangers in, and warns of what a person should know.
func checkNetwork(s Standalone, r *report) {
	const path = "networking.bindAddress"
	bind := s.Networking.BindAddress
	if _, ok := address.ParseIP(bind); !ok && bind != "localhost" {
		r.wrong(path, strconv.Quote(clip(bind))+" is not an IP address", "write 127.0.0.1 for this computer only, 0.0.0.0 for every network")
		return
	}
	if Loopback(bind) {
		return
	}
	if s.Auth.Mode == AuthNone {
		r.wrong(path, "anyone who reaches "+bind+" could read your conversations, because auth.mode is none",
			"listen on 127.0.0.1, or set auth.mode to local_vault")
		return
	}
	r.warn(path, "every computer that reaches "+bind+" can open this kai's sign-in page, over unencrypted HTTP",
		"give kai a certificate (kai run --tls-cert), or use it on networks you trust")
}

// checkCors wants exact origins, and never every origin with credentials.
func checkCors(c Cors, r *report) {
	const path = "networking.cors"
	for i, origin := range c.Origins {
		checkOrigin(path+".origins"+index(i), origin, c, r)
	}
	for i, method := range c.Methods {
		if !token(method) || method != strings.ToUpper(method) {
			r.wrong(path+".methods"+index(i), strconv.Quote(clip(method))+" is not an HTTP method", "write one such as GET, in capitals")
		}
	}
	for i, header := range c.Headers {
		if !token(header) {
			r.wrong(path+".headers"+index(i), strconv.Quote(clip(header))+" is not a header name", "write one such as Content-Type")
		}
	}
}

// checkOrigin checks one allowed origin.
func checkOrigin(path, origin string, c Cors, r *report) {
	switch {
	case origin == "*" && c.Credentials:
		r.wrong(path, "every website could act with your cookie, because credentials is true", "name the origins, or set networking.cors.credentials to false")
	case origin == "*":
		r.warn(path, "every website may call this kai's API if it knows the token", "name the origins that need it")
	case origin != "localhost" && !exactOrigin(origin):
		r.wrong(path, strconv.Quote(clip(origin))+" is not an origin", "write scheme://host or scheme://host:port, without a path")
	}
}

// exactOrigin says whether text is scheme://host[:port] and nothing more.
func exactOrigin(text string) bool {
	scheme, host, ok := strings.Cut(text, "://")
	if !ok || scheme == "" || host == "" || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+.-") != "" {
		return false
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		if port, err := strconv.Atoi(host[i+1:]); err != nil || port < 1 || port > 65535 {
			return false
		}
		host = host[:i]
	}
	return host != "" && !strings.ContainsAny(host, "/?#@* \t\"'<>\\") && host == strings.ToLower(host)
}

// token says whether text is an HTTP token (RFC 9110, 5.6.2).
func token(text string) bool {
	for _, c := range text {
		if c > 0x7e || c < 0x21 || strings.ContainsRune("\"(),/:;<=>?@[\\]{}", c) {
			return false
		}
	}
	return text != ""
}

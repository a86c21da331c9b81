package config

import (
	"strconv"
	"strings"
	"time"
)

// among says whether word is one of words.
func among(word string, words ...string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}

// local says whether a host is this computer.
func local(host string) bool { return Loopback(host) }

// validPort takes no port, or a possible one.
func validPort(port string) bool {
	n, err := strconv.Atoi(port)
	return port == "" || err == nil && n >= 1 && n <= 65535
}

// userOf is what stands before the @ of an address; "" for nothing.
func userOf(at SecretURL) string {
	_, rest, _ := strings.Cut(string(at), "://")
	return rest[:max(strings.LastIndexByte(rest, '@'), 0)]
}

// plaintext says whether an address of PostgreSQL forbids encryption.
func plaintext(at SecretURL) bool {
	_, query, _ := strings.Cut(string(at), "?")
	return among("sslmode=disable", strings.Split(query, "&")...)
}

// name says whether text is a name of small letters, digits and dashes, at most longest characters, as host and container
// names are (RFC 1123).
func name(text string, longest int) bool {
	return text != "" && len(text) <= longest && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		!strings.HasPrefix(text, "-") && !strings.HasSuffix(text, "-")
}

// ParseSpan reads a length of time as configurations write it: a whole number and s, m, h, d or w ("7d" is a week).
func ParseSpan(text string) (time.Duration, bool) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if len(text) < 2 {
		return 0, false
	}
	unit, known := units[text[len(text)-1]]
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 31)
	if span := time.Duration(n) * unit; known && err == nil && span/unit == time.Duration(n) {
		return span, true
	}
	return 0, false
}

// ParseSize reads an amount of bytes as configurations write it: a whole number and kb, mb or gb (of 1024).
func ParseSize(text string) (bytes int64, ok bool) {
	low := strings.ToLower(text)
	for unit, shift := range map[string]uint{"kb": 10, "mb": 20, "gb": 30} {
		if digits, found := strings.CutSuffix(low, unit); found {
			n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 31)
			return int64(n) << shift, err == nil //nolint:gosec // 31 bits and 30 more fit
		}
	}
	return 0, false
}

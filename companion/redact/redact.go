// Package redact takes secrets out of texts that leave kai's own hands: logs, and what is given to those who help.
//
// It knows secrets by their names, by their shape, and by heart: those that it was given. It errs by hiding too much.
// Imports the standard library only.
package redact

import (
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Mask stands where a secret was.
const Mask = "***"

// shortest is how long a secret must be to be looked for by heart: shorter ones are in words.
const shortest = 6

// Redactor takes secrets out of texts. It may be used by several goroutines.
type Redactor struct {
	shapes []shape
	long   *regexp.Regexp // words that could be keys

	mu    sync.RWMutex
	known []string // longest first: one may be in another
}

// New makes a redactor that knows these secrets by heart.
func New(secrets ...string) *Redactor {
	r := &Redactor{shapes: shapes(), long: regexp.MustCompile(`[A-Za-z0-9_+/=-]{24,}`)}
	r.Know(secrets...)
	return r
}

// Know remembers secrets by heart.
func (r *Redactor) Know(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		if len(s) >= shortest && !slices.Contains(r.known, s) {
			r.known = append(r.known, s)
		}
	}
	slices.SortFunc(r.known, func(a, b string) int { return len(b) - len(a) })
}

// Text is a text without secrets.
func (r *Redactor) Text(text string) string {
	r.mu.RLock()
	for _, s := range r.known {
		text = strings.ReplaceAll(text, s, Mask)
	}
	r.mu.RUnlock()
	for _, s := range r.shapes {
		text = s.pattern.ReplaceAllString(text, s.with)
	}
	return r.long.ReplaceAllStringFunc(text, hideChance)
}

// shape is how a kind of secret looks.
type shape struct {
	pattern *regexp.Regexp
	with    string
}

// shapes lists them. The names before a value stay, so that a reader sees what was there.
func shapes() []shape {
	return []shape{
		{regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)`), Mask},
		{regexp.MustCompile(`(?i)\b(bearer|basic|token)\s+[A-Za-z0-9._~+/=-]{4,}`), "$1 " + Mask},
		{regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s/@]*@`), "${1}" + Mask + "@"},
		{regexp.MustCompile(`(?i)("?[\w.-]*(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|routing_key|authorization|cookie|credential|once)"?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&}]+)`), "${1}" + Mask},
		{regexp.MustCompile(`\b(?:sk|pk|rk|xox[abprs]|gh[opsur]|hf|glpat|AKIA|AIza)[-_A-Za-z0-9]{8,}`), Mask},
		{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?`), Mask},
		{regexp.MustCompile(`(?i)hooks\.[\w.-]+/\S+`), Mask},
	}
}

// hideChance hides a word that looks thrown by dice: capitals, small letters and digits mixed. Ids of records (UUIDs) and
// hashes have no capitals, paths have few digits.
func hideChance(word string) string {
	var upper, lower, digit int
	for _, c := range word {
		switch {
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= 'a' && c <= 'z':
			lower++
		case c >= '0' && c <= '9':
			digit++
		}
	}
	if upper >= 3 && lower >= 3 && digit >= 2 && strings.Count(word, "/") < 3 {
		return Mask
	}
	return word
}

// SecretName says whether what has this name is a secret.
func SecretName(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"pass", "pwd", "secret", "token", "api_key", "apikey", "authorization", "cookie", "credential", "private", "routing_key"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return name == "key" || name == "once" || name == "auth"
}

// Attr takes secrets out of one thing that is logged; it is a slog.HandlerOptions.ReplaceAttr.
func (r *Redactor) Attr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		if SecretName(a.Key) {
			return slog.String(a.Key, Mask)
		}
		return slog.String(a.Key, r.Text(a.Value.String()))
	case slog.KindAny:
		if _, level := a.Value.Any().(slog.Level); level {
			return a
		}
		if SecretName(a.Key) {
			return slog.String(a.Key, Mask)
		}
		return slog.String(a.Key, r.Text(fmt.Sprint(a.Value.Any())))
	default:
		return a
	}
}

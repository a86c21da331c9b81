package address_test

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/address"
)

func urls() []string {
	return []string{
		"http://localhost:11434", "HTTPS://Example.org/a/b/", "http://[::1]:80/x", "http://[FE80::1]", "http://[1.2.3.4]/", "http://[::1%25en0]/",
		"http://u:p@host/", "http://@host", "http://host:", "http://host:99999/", "http://a:1:2", "http://::1/", "http:///path", "http://", "http:", "x",
		"http://h/a%2Fb", "http://h/a%2fb ü\"", "http://h/%zz", "http://h/%4", "http://h?", "http://h?a#b", "http://h#", "http://h/*[]!'()|^`",
		"localhost:11434", "javascript:alert(1)", "file:///etc/passwd", "1http://x", "ht tp://x", "http://a b/", "http://a/ b", "http://ä.de/", "http://[::1",
		"http://::1]", "http://[::1]x", "http://a[::1]", "http://a%41/", "http://a<b>\"", "http://a@b@c/", "a+b-c.d://h", "://h", "http://a\x7f", "//h/p",
		"http://h/a%zz?", "http://h/%C3%A4 ", "http://[::]:/", "http://a{b", "http://a]b", "http://h//x//",
	}
}

func ips() []string {
	return []string{
		"127.0.0.1", "127.1.2.3", "0.0.0.0", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1..2.3", "::", "::1", "1::", "::ffff:127.0.0.1", "::ffff:1.2.3.4",
		"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4", "1.2.3.4::", "1::2::3", ":::", ":1",
		"1:", "1::2:", "fe80::1%eth0", "fe80::1%", "1.2.3.4%a", "::%a%b", "12345::", "g::", "", "localhost", "::1:2:3:4:5:6:7", "1:2:3:4:5:6:7::", "1::2:3:4:5:6:7:8",
		"+1.2.3.4", "::+1", "::0x1", "::1_0", "%", "a%:", "::1.2.3.4:5", "0:0:0:0:0:ffff:7f00:1",
	}
}

func TestAddressesAreReadAsNetURLDoes(t *testing.T) {
	for _, text := range urls() {
		sameURL(t, text)
	}
}

func TestIPsAreReadAsNetipDoes(t *testing.T) {
	for _, text := range ips() {
		sameIP(t, text)
	}
}

func TestAnAddressGivesItsParts(t *testing.T) {
	u, ok := address.Parse("HTTP://me@[::1]:80/a%2fb?x#y")
	require.True(t, ok)
	assert.Equal(t, address.URL{Scheme: "http", Host: "::1", Port: "80", Path: "/a%2fb", User: true, Query: true, Fragment: true}, u)
	assert.Equal(t, "[::1]:80", u.Authority())
}

func FuzzParse(f *testing.F) {
	for _, text := range urls() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sameURL(t, text)
		sameURL(t, "http://"+text)
		sameURL(t, "http://h/"+text)
	})
}

func FuzzParseIP(f *testing.F) {
	for _, text := range ips() {
		f.Add(text)
	}
	f.Fuzz(sameIP)
}

// sameURL holds Parse to net/url for what a service can be reached by.
func sameURL(t *testing.T, text string) {
	got, ok := address.Parse(text)
	want, err := url.Parse(text)
	switch {
	case !ok:
		if err == nil && want.Opaque == "" && want.Fragment == "" && (want.Scheme == "http" || want.Scheme == "https") {
			assert.True(t, strings.ContainsAny(text, "%]"), "only these in a host are refused beyond net/url: %q", text)
		}
	case got.User || got.Query || got.Fragment:
		// Every caller refuses these, whatever is in them.
		if err == nil {
			assert.True(t, want.User != nil || want.RawQuery != "" || want.ForceQuery || want.Fragment != "", text)
		}
	case got.Host == "":
		if err == nil {
			assert.Empty(t, want.Hostname(), text)
		}
	case got.Scheme == "http" || got.Scheme == "https":
		require.NoError(t, err, text)
		assert.Equal(t, []string{want.Scheme, want.Hostname(), want.Port(), want.EscapedPath()}, []string{got.Scheme, got.Host, got.Port, got.Path}, text)
		assert.Equal(t, strings.TrimSuffix(want.Host, ":"), got.Authority(), text)
	}
}

func sameIP(t *testing.T, text string) {
	got, ok := address.ParseIP(text)
	want, err := netip.ParseAddr(text)
	require.Equal(t, err == nil, ok, text)
	if ok {
		assert.Equal(t, want.As16(), [16]byte(got), text)
		assert.Equal(t, want.IsLoopback(), got.Loopback(), text)
	}
}

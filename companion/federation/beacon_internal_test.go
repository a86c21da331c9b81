package federation

import (
	"crypto/ed25519"
	"net"
	"strings"
	"testing"

	"github.com/libp2p/zeroconf/v2"
	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/shared/klp"
)

// announced is what a beacon's announcement arrives as.
func announced(b Beacon) *zeroconf.ServiceEntry {
	e := &zeroconf.ServiceEntry{HostName: "box.local.", Port: b.Port, Text: b.text(), AddrIPv6: []net.IP{net.ParseIP("fe80::1")}}
	e.AddrIPv4 = []net.IP{net.ParseIP("169.254.1.1"), net.ParseIP("10.0.0.2")}
	return e
}

func beacon() Beacon {
	return Beacon{ID: klp.IDOf(make(ed25519.PublicKey, ed25519.PublicKeySize)), Port: 8080}
}

func TestWhatIsAnnouncedIsFound(t *testing.T) {
	found, ok := read(announced(beacon()))
	assert.True(t, ok)
	assert.Equal(t, Found{ID: beacon().ID, Name: "box.local", URL: "ws://10.0.0.2:8080/klp"}, found)
	for _, line := range beacon().text() {
		assert.LessOrEqual(t, len(line), 255, "what a text record holds")
	}
	b := beacon()
	b.TLS = true
	found, ok = read(announced(b))
	assert.True(t, ok)
	assert.Equal(t, "wss://10.0.0.2:8080/klp", found.URL)
}

func TestWhatIsNoKaiIsNotFound(t *testing.T) {
	for name, change := range map[string]func(*zeroconf.ServiceEntry){
		"no text":          func(e *zeroconf.ServiceEntry) { e.Text = nil },
		"no identity":      func(e *zeroconf.ServiceEntry) { e.Text[1] = "id=me" },
		"another protocol": func(e *zeroconf.ServiceEntry) { e.Text[0] = "protocol=klp/2.0" },
		"another scheme":   func(e *zeroconf.ServiceEntry) { e.Text[2] = "scheme=file" },
		"a path of a host": func(e *zeroconf.ServiceEntry) { e.Text[3] = "path=@evil.example/klp" },
		"a query":          func(e *zeroconf.ServiceEntry) { e.Text[3] = "path=/klp?a=b" },
		"no address":       func(e *zeroconf.ServiceEntry) { e.AddrIPv4, e.AddrIPv6 = nil, []net.IP{net.ParseIP("fe80::1")} },
	} {
		e := announced(beacon())
		change(e)
		_, ok := read(e)
		assert.False(t, ok, name)
	}
}

// FuzzRead holds that whatever is announced, only addresses that could be typed come out, and nothing that a terminal obeys.
func FuzzRead(f *testing.F) {
	f.Add("box.local.", strings.Join(beacon().text(), "\n"), 8080)
	f.Add("\x1b[2J.", "id=\npath=//x", -1)
	f.Fuzz(func(t *testing.T, host, text string, port int) {
		e := announced(beacon())
		e.HostName, e.Text, e.Port = host, strings.Split(text, "\n"), port
		found, ok := read(e)
		if !ok {
			return
		}
		if again, err := Address(found.URL); err != nil || again != found.URL || !strings.Contains(found.URL, "://10.0.0.2:") {
			t.Fatalf("not an address: %q", found.URL)
		}
		if strings.ContainsFunc(found.Name+found.URL, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Fatalf("a terminal would obey %q", found.Name+found.URL)
		}
	})
}

package arch_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/arch"
)

// ban forbids packages in a folder to depend on something. Direct bans look at the package's own imports only: the
// standard library needs os itself.
type ban struct {
	in, pkg, why string
	direct       bool
	except       []string
}

func bans() []ban {
	const m = arch.Module
	return []ban{
		{in: "shared", pkg: m + "/wasm", why: "imports point towards shared"},
		{in: "shared", pkg: m + "/companion", why: "imports point towards shared"},
		{in: "shared", pkg: m + "/e2e", why: "nothing imports the tests"},
		{in: "shared", pkg: "net/http", why: "+7 MB of WebAssembly; use service.Transport", except: []string{m + "/shared/service/servicetest", m + "/shared/driver/drivertest"}},
		{in: "shared", pkg: "os", why: "shared must run in the browser", direct: true, except: []string{m + "/shared/store/storetest", m + "/shared/service/servicetest"}},
		{in: "shared", pkg: "os/exec", why: "shared must run in the browser"},
		{in: "shared", pkg: "syscall/js", why: "only wasm touches the browser", direct: true},
		{in: "wasm", pkg: m + "/companion", why: "reach the companion through shared/protocol"},
		{in: "wasm", pkg: m + "/e2e", why: "nothing imports the tests"},
		{in: "wasm", pkg: "net/http", why: "+7 MB; use wasm/fetch"},
		{in: "wasm", pkg: "net/netip", why: "20 KB compressed, with net/url, which brings it; use shared/address"},
		{in: "wasm", pkg: "os/exec", why: "there are no processes in a browser"},
		{in: "wasm", pkg: "crypto/tls", why: "the browser does TLS"},
		{in: "wasm", pkg: "text/template", why: "keeps every method of every type alive: the linker cannot drop dead code"},
		{in: "wasm", pkg: "testing", why: "belongs to tests"},
		{in: "companion", pkg: m + "/wasm", why: "the browser side is another program"},
		{in: "companion", pkg: m + "/e2e", why: "nothing imports the tests"},
		{in: "companion/driver", pkg: m + "/companion/store", why: "drivers get a store through their dependencies"},
		{in: "companion/driver", pkg: m + "/companion/app", why: "app imports drivers, never the reverse"},
		{in: "companion/store", pkg: m + "/companion/app", why: "a backend knows only its contract"},
		{in: "companion/store", pkg: m + "/companion/api", why: "a backend knows only its contract"},
	}
}

func platforms() [][2]string {
	return [][2]string{{"linux", "amd64"}, {"windows", "amd64"}, {"darwin", "arm64"}, {"js", "wasm"}}
}

func TestImports(t *testing.T) {
	for _, platform := range platforms() {
		packages, err := arch.List(root(t), platform[0], platform[1])
		require.NoError(t, err)
		for _, b := range bans() {
			if b.in == "companion" || strings.HasPrefix(b.in, "companion/") {
				if platform[0] == "js" {
					continue // the companion is not built for the browser
				}
			}
			checkBan(t, platform[0], packages, b)
		}
	}
}

func checkBan(t *testing.T, goos string, packages []arch.Package, b ban) {
	t.Helper()
	matched := false
	for _, p := range packages {
		if !p.Within(b.in) {
			continue
		}
		matched = true
		if slices.Contains(b.except, p.ImportPath) {
			continue
		}
		list := p.Deps
		if b.direct {
			list = p.Imports
		}
		for _, d := range list {
			if d == b.pkg || strings.HasPrefix(d, b.pkg+"/") && strings.HasPrefix(b.pkg, arch.Module) {
				t.Errorf("%s (%s) depends on %s: %s", p.ImportPath, goos, d, b.why)
			}
		}
	}
	if !matched && (goos == "js" || b.in != "wasm") {
		t.Errorf("the rule on %s (%s) matches no package: mend the rule", b.in, goos)
	}
}

func TestSharedIsStandardLibraryOnly(t *testing.T) {
	packages, err := arch.List(root(t), "linux", "amd64")
	require.NoError(t, err)
	for _, p := range packages {
		if !p.Within("shared") || strings.HasSuffix(p.ImportPath, "test") {
			continue // a suite is linked into tests only
		}
		for _, d := range p.Deps {
			first, _, _ := strings.Cut(d, "/")
			if strings.Contains(first, ".") && !strings.HasPrefix(d, arch.Module+"/shared") {
				t.Errorf("%s depends on %s: shared is standard library only", p.ImportPath, d)
			}
		}
	}
}

package host_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/shared/fault"
)

type memoryRegistry map[string]string

func (m memoryRegistry) Get(key string) (string, bool, error) { v, ok := m[key]; return v, ok, nil }
func (m memoryRegistry) Set(key, value string) error          { m[key] = value; return nil }
func (m memoryRegistry) Delete(key string) error              { delete(m, key); return nil }

// computer is one of an operating system, empty.
func computer(t *testing.T, goos string) (host.Computer, memoryRegistry) {
	t.Helper()
	root, keys := t.TempDir(), memoryRegistry{}
	return host.Computer{GOOS: goos, Root: root, Home: filepath.Join(root, "home"), Registry: keys}, keys
}

// program is an executable file.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kai")
	require.NoError(t, os.WriteFile(path, []byte("#!"), 0o700)) //nolint:gosec // a program
	return path
}

func place(t *testing.T, c host.Computer, id, program string) host.Place {
	t.Helper()
	places, err := c.Places(program, "", extension)
	require.NoError(t, err)
	for _, p := range places {
		if p.Browser.ID == id {
			return p
		}
	}
	t.Fatal("no browser ", id)
	return host.Place{}
}

const extension = "abcdefghijklmnopabcdefghijklmnop"

func TestEverySystemKnowsSevenBrowsersByTheirOwnFolders(t *testing.T) {
	for goos, want := range map[string]map[string]string{
		"linux": {
			"chrome": ".config/google-chrome/NativeMessagingHosts", "chromium": ".config/chromium/NativeMessagingHosts",
			"edge": ".config/microsoft-edge/NativeMessagingHosts", "brave": ".config/BraveSoftware/Brave-Browser/NativeMessagingHosts",
			"vivaldi": ".config/vivaldi/NativeMessagingHosts", "firefox": ".mozilla/native-messaging-hosts",
			"librewolf": ".librewolf/native-messaging-hosts",
		},
		"darwin": {
			"chrome":    "Library/Application Support/Google/Chrome/NativeMessagingHosts",
			"chromium":  "Library/Application Support/Chromium/NativeMessagingHosts",
			"edge":      "Library/Application Support/Microsoft Edge/NativeMessagingHosts",
			"brave":     "Library/Application Support/BraveSoftware/Brave-Browser/NativeMessagingHosts",
			"vivaldi":   "Library/Application Support/Vivaldi/NativeMessagingHosts",
			"firefox":   "Library/Application Support/Mozilla/NativeMessagingHosts",
			"librewolf": "Library/Application Support/LibreWolf/NativeMessagingHosts",
		},
		"windows": {
			"chrome": "Software\\Google\\Chrome\\NativeMessagingHosts", "chromium": "Software\\Chromium\\NativeMessagingHosts",
			"edge": "Software\\Microsoft\\Edge\\NativeMessagingHosts", "brave": "Software\\Google\\Chrome\\NativeMessagingHosts",
			"vivaldi": "Software\\Google\\Chrome\\NativeMessagingHosts", "firefox": "Software\\Mozilla\\NativeMessagingHosts",
			"librewolf": "Software\\Mozilla\\NativeMessagingHosts",
		},
	} {
		browsers, err := host.Browsers(goos)
		require.NoError(t, err)
		got := map[string]string{}
		for _, b := range browsers {
			got[b.ID] = b.Hosts
			if goos == "windows" {
				got[b.ID] = b.Registry
			}
			assert.NotEmpty(t, b.Profiles, b.ID)
		}
		assert.Equal(t, want, got, goos)
	}
	_, err := host.Browsers("plan9")
	assert.Equal(t, fault.Unsupported, fault.CodeOf(err))
}

func TestInstallingMakesABrowserFindKaiAndUninstallingUndoesIt(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		c, keys := computer(t, goos)
		kai := program(t)
		places, err := c.Places(kai, "", extension)
		require.NoError(t, err)
		for _, p := range places {
			assert.Contains(t, p.Broken(), "not installed", "%s %s", goos, p.Browser.ID)
			require.NoError(t, p.Install())
			require.NoError(t, p.Install(), "twice is no mistake")
			assert.Empty(t, p.Problems(), "%s %s", goos, p.Browser.ID)
			left, err := os.ReadDir(p.Folder)
			require.NoError(t, err)
			assert.Len(t, left, 1, "no half-written file is left")
			require.NoError(t, p.Uninstall())
			require.NoError(t, p.Uninstall(), "twice is no mistake")
			assert.Contains(t, p.Broken(), "not installed")
		}
		assert.Empty(t, keys)
	}
}

func TestAManifestLetsInOurExtensionOnly(t *testing.T) {
	c, _ := computer(t, "linux")
	kai := program(t)
	for browser, want := range map[string]string{
		"chromium": `{"name":"org.kindos.kai","description":"kAI companion","type":"stdio","path":"` + kai + `","allowed_origins":["chrome-extension://` + extension + `/"]}`,
		"firefox":  `{"name":"org.kindos.kai","description":"kAI companion","type":"stdio","path":"` + kai + `","allowed_extensions":["kai@kindos.org"]}`,
	} {
		p := place(t, c, browser, kai)
		require.NoError(t, p.Install())
		text, err := os.ReadFile(p.File())
		require.NoError(t, err)
		assert.JSONEq(t, want, string(text))
	}
}

func TestEveryBrokenLinkIsNamedWithItsCure(t *testing.T) {
	change := func(key string, value any) func(*testing.T, host.Place) {
		return func(t *testing.T, p host.Place) {
			text, err := os.ReadFile(p.File())
			require.NoError(t, err)
			var m map[string]any
			require.NoError(t, json.Unmarshal(text, &m))
			m[key] = value
			text, err = json.Marshal(m)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(p.File(), text, 0o600))
		}
	}
	other, plain := program(t), filepath.Join(t.TempDir(), "plain")
	require.NoError(t, os.WriteFile(plain, nil, 0o600))
	for name, c := range map[string]struct {
		spoil func(*testing.T, host.Place)
		says  string
		mends bool
	}{
		"no manifest": {func(t *testing.T, p host.Place) { require.NoError(t, os.Remove(p.File())) }, "not installed", true},
		"not JSON":    {func(t *testing.T, p host.Place) { require.NoError(t, os.WriteFile(p.File(), []byte("{"), 0o600)) }, "not JSON", true},
		"a folder": {func(t *testing.T, p host.Place) {
			require.NoError(t, os.Remove(p.File()))
			require.NoError(t, os.Mkdir(p.File(), 0o700))
		}, "cannot be read", false},
		"wrong name":     {change("name", "org.other"), `names "org.other"`, true},
		"wrong type":     {change("type", "pipe"), `type is "pipe"`, true},
		"wrong id":       {change("allowed_origins", []string{"chrome-extension://other/"}), "another extension", true},
		"one id more":    {change("allowed_extensions", []string{"evil@x"}), "another extension", true},
		"relative path":  {change("path", "bin/kai"), "not absolute", true},
		"missing path":   {change("path", "/nowhere/kai"), "not there: /nowhere/kai", true},
		"path a folder":  {change("path", os.TempDir()), "not a program", true},
		"other program":  {change("path", other), "another program: " + other, true},
		"plain file":     {change("path", plain), "another program: " + plain, true},
		"not executable": {func(t *testing.T, p host.Place) { require.NoError(t, os.Chmod(p.Program, 0o600)) }, "not executable", false},
	} {
		t.Run(name, func(t *testing.T) {
			pc, _ := computer(t, "linux")
			p := place(t, pc, "chromium", program(t))
			require.NoError(t, p.Install())
			c.spoil(t, p)
			problems := p.Problems()
			require.Len(t, problems, 1)
			assert.Contains(t, problems[0].What, c.says)
			assert.NotEmpty(t, problems[0].Cure)
			if c.mends {
				assert.True(t, problems[0].Mends)
				require.NoError(t, p.Install())
				assert.Empty(t, p.Problems())
			}
		})
	}
}

func TestTheRegistryOfWindowsIsALinkToo(t *testing.T) {
	c, keys := computer(t, "windows")
	p := place(t, c, "edge", program(t))
	require.NoError(t, p.Install())
	const key = `Software\Microsoft\Edge\NativeMessagingHosts\org.kindos.kai`
	assert.Equal(t, map[string]string{key: p.File()}, map[string]string(keys))
	keys[key] = `C:\other.json`
	assert.Contains(t, p.Broken(), `C:\other.json`)
	require.NoError(t, p.Uninstall())
	assert.Contains(t, keys, key, "what leads elsewhere is not ours")
	delete(keys, key)
	assert.Contains(t, p.Broken(), "no registry key")
}

func TestSandboxedEditionsAreToldWithAWayOut(t *testing.T) {
	for folder, kind := range map[string]string{
		"snap/firefox": "Snap", "home/snap/firefox": "Snap", "var/lib/flatpak/app/org.mozilla.firefox": "Flatpak",
		"home/.local/share/flatpak/app/org.mozilla.firefox": "Flatpak",
	} {
		c, _ := computer(t, "linux")
		require.NoError(t, os.MkdirAll(filepath.Join(c.Root, folder), 0o700))
		p := place(t, c, "firefox", program(t))
		problems := p.Problems()
		require.Len(t, problems, 1)
		assert.Contains(t, problems[0].What, "this Firefox is a "+kind)
		assert.Contains(t, problems[0].Cure, "kai open")
		assert.False(t, problems[0].Mends)
		require.NoError(t, p.Install())
		assert.NoFileExists(t, p.File(), "nobody would read it")

		require.NoError(t, os.MkdirAll(filepath.Join(c.Home, ".mozilla/firefox/x.default"), 0o700))
		p = place(t, c, "firefox", program(t))
		assert.Contains(t, p.Broken(), "not installed", "an ordinary Firefox beside it can be helped")
		assert.Contains(t, p.Notes()[0], "that one cannot start kai")
	}
}

func TestWhatIsUsedHereIsSeenByProfiles(t *testing.T) {
	c, _ := computer(t, "linux")
	assert.Contains(t, place(t, c, "vivaldi", "").Notes()[0], "no profile")
	c.Config = filepath.Join(c.Root, "config")
	require.NoError(t, place(t, c, "vivaldi", "/kai").Install())
	assert.False(t, place(t, c, "vivaldi", "").Used, "what kai wrote is not the person's")
	require.NoError(t, os.MkdirAll(filepath.Join(c.Config, "vivaldi/Default"), 0o700))
	p := place(t, c, "vivaldi", "")
	assert.True(t, p.Used, "XDG_CONFIG_HOME is heeded")
	assert.Equal(t, filepath.Join(c.Config, "vivaldi/NativeMessagingHosts"), p.Folder)
	assert.False(t, place(t, c, "chrome", "").Used)
}

func TestAChromiumWithItsOwnUserDataLooksOnlyThere(t *testing.T) {
	c, _ := computer(t, "linux")
	own := t.TempDir()
	p := place(t, c, "chromium", program(t)).At(own)
	require.NoError(t, p.Install())
	assert.FileExists(t, filepath.Join(own, "NativeMessagingHosts", "org.kindos.kai.json"))
	assert.Empty(t, p.Problems())
}

func TestAManifestForAllUsersIsTold(t *testing.T) {
	c, _ := computer(t, "linux")
	dir := filepath.Join(c.Root, "etc/chromium/native-messaging-hosts")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	file := filepath.Join(dir, "org.kindos.kai.json")
	require.NoError(t, os.WriteFile(file, []byte("{}"), 0o600))
	notes := place(t, c, "chromium", "").Notes()
	assert.Contains(t, notes[len(notes)-1], file)
}

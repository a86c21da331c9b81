package manifest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../../../.."

func TestIdentityIsFixed(t *testing.T) {
	m, err := Load(root)
	require.NoError(t, err)
	id, err := m.ChromiumID()
	require.NoError(t, err)
	require.Equal(t, "miahfkdaepmkbbeihlbjagdbbnkafpel", id, "everyone's native host names this id: it can't change")
	require.Equal(t, "kai@kindos.org", m.GeckoID())
	require.Regexp(t, `^\d+\.\d+\.\d+$`, m.Version())
}

func TestEveryPermissionHasAReasonAndEveryReasonAPermission(t *testing.T) {
	m, err := Load(root)
	require.NoError(t, err)
	reasons := Reasons()
	for _, p := range m.Permissions() {
		require.NotEmpty(t, reasons[p], "permission %s", p)
		delete(reasons, p)
	}
	require.Empty(t, reasons, "reasons for what is not asked for")
}

func TestHostAccessAtInstallationIsThisComputerOnly(t *testing.T) {
	m, err := Load(root)
	require.NoError(t, err)
	require.Equal(t, []any{"http://localhost/*", "http://127.0.0.1/*"}, m["host_permissions"])
	require.NotContains(t, m, "content_scripts", "no page is touched before the person asks")
	require.NotContains(t, m, "externally_connectable")
	require.NotContains(t, m, "web_accessible_resources")
}

func TestScriptsComeFromThePackageOnly(t *testing.T) {
	m, err := Load(root)
	require.NoError(t, err)
	csp := m["content_security_policy"].(map[string]any)["extension_pages"].(string)
	for _, rule := range strings.Split(csp, "; ") {
		if strings.HasPrefix(rule, "script-src") {
			require.Equal(t, "script-src 'self' 'wasm-unsafe-eval'", rule)
		}
	}
	require.Contains(t, csp, "img-src 'self' data: blob:", "an answer's picture must not call home")
	require.NotContains(t, csp, "unsafe-inline")
}

func TestOverlays(t *testing.T) {
	chrome, err := For(root, "chrome")
	require.NoError(t, err)
	require.NotContains(t, chrome, "browser_specific_settings")
	require.NotContains(t, chrome, "sidebar_action")
	require.Equal(t, map[string]any{"service_worker": "service_worker.js"}, chrome["background"])

	firefox, err := For(root, "firefox")
	require.NoError(t, err)
	for _, key := range []string{"key", "side_panel", "minimum_chrome_version", "storage"} {
		require.NotContains(t, firefox, key)
	}
	require.Equal(t, map[string]any{"scripts": []any{"wasm_exec.js", "event_page.js"}}, firefox["background"])
	require.NotContains(t, firefox.Permissions(), "offscreen")
	require.Contains(t, firefox.Permissions(), "nativeMessaging")
	require.Subset(t, chrome.Permissions(), firefox.Permissions(), "Firefox asks for nothing of its own")
}

func TestMergeIsAMergePatch(t *testing.T) {
	cases := []struct{ name, base, over, want string }{
		{"null takes away", `{"a":1,"b":2}`, `{"a":null}`, `{"b":2}`},
		{"objects merge", `{"a":{"b":1,"c":2}}`, `{"a":{"b":null,"d":3}}`, `{"a":{"c":2,"d":3}}`},
		{"a list replaces", `{"a":[1,2]}`, `{"a":[3]}`, `{"a":[3]}`},
		{"an object over a value", `{"a":1}`, `{"a":{"b":null,"c":1}}`, `{"a":{"c":1}}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			base, over := map[string]any{}, map[string]any{}
			require.NoError(t, json.Unmarshal([]byte(c.base), &base))
			require.NoError(t, json.Unmarshal([]byte(c.over), &over))
			got, err := json.Marshal(merge(base, over))
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(got))
		})
	}
}

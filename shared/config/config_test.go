package config_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

const extension = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"

// parse reads a file of the file layer.
func parse(t *testing.T, text string) config.Source {
	t.Helper()
	root, err := config.ParseJSON("kai.json", []byte(text))
	require.NoError(t, err)
	return config.Source{Layer: config.LayerFile, Root: root}
}

// problemsOf gives the problems of a refused configuration as lines.
func problemsOf(t *testing.T, err error) []string {
	t.Helper()
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
	var problems config.Problems
	require.ErrorAs(t, err, &problems)
	return strings.Split(problems.Error(), "\n")
}

// The specification's defaults, as JSON, with the adopted completions (federation, cors, permissions).
func TestDefaultsAreTheSpecifiedOnes(t *testing.T) {
	standalone, err := json.Marshal(config.DefaultStandalone(extension))
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"storage": {"db": "sqlite", "files": "./data/", "cache": "memory"},
		"auth": {"mode": "none"},
		"services": {"ollama": true, "comfyui": false, "chroma": true},
		"features": {"auto_update": false, "telemetry": false, "federation": false},
		"networking": {"port": 8080, "bindAddress": "127.0.0.1", "cors": {"enabled": true,
			"origins": ["`+extension+`", "localhost"], "methods": ["GET", "POST", "PUT", "DELETE"],
			"headers": ["Authorization", "Content-Type"], "credentials": false}}
	}`, string(standalone))
	browser, err := json.Marshal(config.DefaultBrowser())
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"mode": "browser", "data_store": "indexeddb", "sync_with_kOS": false, "local_services": ["ollama"],
		"telemetry": false, "ui_mode": "all", "permissions": [
			{"permission": "storage", "required": true, "reason": "Keeps your conversations and settings on this computer."},
			{"permission": "sidePanel", "required": true, "reason": "Shows the assistant beside the page you are reading."},
			{"permission": "nativeMessaging", "required": false, "reason": "Talks to the kai program on this computer, so that answers survive closing the browser."}
		]
	}`, string(browser))
}

func TestDefaultsAreValidWithoutWarning(t *testing.T) {
	standalone, err := config.Resolve(config.DefaultStandalone(extension))
	require.NoError(t, err)
	assert.Empty(t, standalone.Warnings)
	assert.Equal(t, config.DefaultStandalone(extension), standalone.Config, "reading the defaults back changes nothing")
	browser, err := config.Resolve(config.DefaultBrowser())
	require.NoError(t, err)
	assert.Empty(t, browser.Warnings)
	assert.Equal(t, config.DefaultBrowser(), browser.Config)
}

// The specification's own example listens on every network and lets every origin in: allowed, because it has sign-in, and loud.
func TestTheSpecificationsExampleIsValidAndLoud(t *testing.T) {
	got, err := config.Resolve(config.DefaultStandalone(extension), parse(t, `{
		"storage": {"db": "sqlite", "files": "./kai-data/", "cache": "redis"},
		"auth": {"mode": "local_vault", "vaultPath": "./vault.db"},
		"services": {"ollama": true, "comfyui": true, "chroma": true},
		"features": {"auto_update": true, "telemetry": false, "federation": false},
		"networking": {"port": 8080, "bindAddress": "0.0.0.0", "cors": {"origins": ["*"]}}
	}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"*"}, got.Config.Networking.CORS.Origins, "arrays replace")
	assert.Equal(t, []string{"GET", "POST", "PUT", "DELETE"}, got.Config.Networking.CORS.Methods, "an origins-only object keeps the rest")
	require.Len(t, got.Warnings, 2)
	assert.Contains(t, got.Warnings[0].String(), "kai.json:6:47: networking.bindAddress: every computer that reaches 0.0.0.0")
	assert.Contains(t, got.Warnings[1].String(), "networking.cors.origins[0]: every website may call")
}

func TestAllProblemsAreReportedAtOnceWithPlaceAndRemedy(t *testing.T) {
	_, err := config.Resolve(config.DefaultStandalone(extension), parse(t, `{
  "storage": {"db": "sqlite", "file": "x"},
  "networking": {"port": "8080", "bind_address": "::1", "cors": {"origins": "*"}},
  "telemetry": true,
  "auth": null,
  "services": {"ollama": 1, "zzz": 2}
}`))
	assert.Equal(t, []string{
		"kai.json:2:31: storage.file: there is no such key; did you mean files?",
		`kai.json:3:26: networking.port: this is the text "8080"; write a whole number from 0 to 65535`,
		"kai.json:3:34: networking.bind_address: there is no such key; did you mean bindAddress?",
		`kai.json:3:77: networking.cors.origins: this is the text "*"; write a list`,
		"kai.json:4:3: telemetry: there is no such key; did you mean features.telemetry?",
		"kai.json:5:11: auth: null is not a value; leave the key out to keep the default",
		"kai.json:6:26: services.ollama: this is the number 1; write true or false, without quotes",
		"kai.json:6:29: services.zzz: there is no such key; remove it, or use one of a1111, chroma, comfyui, ollama",
	}, problemsOf(t, err))
}

// A value that can't be read hides no other mistake, and its default makes none of its own.
func TestValuesThatCannotBeReadHideNothing(t *testing.T) {
	_, err := config.Resolve(config.DefaultStandalone(), parse(t, `{"auth": {"mode": 1}, "storage": {"db": "oracle", "files": 5},
"networking": {"port": 70000, "cors": {"methods": ["GET", 1], "origins": ["*"], "credentials": true}}}`))
	assert.Equal(t, []string{
		"kai.json:1:19: auth.mode: this is the number 1; write one of none, local_vault",
		`kai.json:1:41: storage.db: "oracle" is not allowed; write one of sqlite, duckdb`,
		"kai.json:1:60: storage.files: this is the number 5; write text in quotes",
		"kai.json:2:24: networking.port: 70000 is out of range; write a whole number from 0 to 65535",
		"kai.json:2:59: networking.cors.methods[1]: this is the number 1; write text in quotes",
		"kai.json:2:75: networking.cors.origins[0]: every website could act with your cookie, because credentials is true; name the origins, or set networking.cors.credentials to false",
	}, problemsOf(t, err))
	_, err = config.Resolve(config.DefaultCluster(), parse(t, `{"orchestrator": "nomad", "secrets": {"vault_provider": 1}}`))
	assert.Len(t, problemsOf(t, err), 1, "the default kubernetes_secrets is not what was meant")
}

func TestRulesOfStandalone(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"strangers":          {`{"networking": {"bindAddress": "0.0.0.0"}}`, `kai.json:1:32: networking.bindAddress: anyone who reaches 0.0.0.0 could read your conversations, because auth.mode is none; listen on 127.0.0.1, or set auth.mode to local_vault`},
		"all of IPv6":        {`{"networking": {"bindAddress": "::"}}`, "because auth.mode is none"},
		"a LAN address":      {`{"networking": {"bindAddress": "192.168.1.5"}}`, "because auth.mode is none"},
		"a mapped address":   {`{"networking": {"bindAddress": "::ffff:10.0.0.1"}}`, "because auth.mode is none"},
		"a name":             {`{"networking": {"bindAddress": "example.org"}}`, "is not an IP address"},
		"star and cookies":   {`{"networking": {"cors": {"origins": ["*"], "credentials": true}}}`, "every website could act with your cookie"},
		"origin with path":   {`{"networking": {"cors": {"origins": ["https://a.example/x"]}}}`, "is not an origin"},
		"origin with slash":  {`{"networking": {"cors": {"origins": ["https://a.example/"]}}}`, "is not an origin"},
		"wildcard host":      {`{"networking": {"cors": {"origins": ["https://*.example"]}}}`, "is not an origin"},
		"method in lower":    {`{"networking": {"cors": {"methods": ["get"]}}}`, "is not an HTTP method"},
		"header with space":  {`{"networking": {"cors": {"headers": ["X Y"]}}}`, "is not a header name"},
		"port too large":     {`{"networking": {"port": 65536}}`, "65536 is out of range; write a whole number from 0 to 65535"},
		"port of fractions":  {`{"networking": {"port": 80.5}}`, "this is the number 80.5"},
		"unknown engine":     {`{"storage": {"db": "sqllite"}}`, `"sqllite" is not allowed; did you mean sqlite? write one of sqlite, duckdb`},
		"no folder":          {`{"storage": {"files": ""}}`, "the folder is empty"},
		"a list of numbers":  {`{"networking": {"cors": {"origins": [1]}}}`, "networking.cors.origins[0]: this is the number 1; write text in quotes"},
		"an object as value": {`{"storage": {"db": {"x": 1}}}`, "storage.db: this is an object; write one of sqlite, duckdb"},
		"a list at the top":  {`[]`, "this is a list; write an object with keys"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Resolve(config.DefaultStandalone(extension), parse(t, c.file))
			lines := problemsOf(t, err)
			require.Len(t, lines, 1)
			assert.Contains(t, lines[0], c.want)
		})
	}
}

func TestRulesOfBrowser(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"other mode":        {`{"mode": "server"}`, "write one of browser"},
		"view":              {`{"ui_mode": "side_panel"}`, "did you mean sidepanel?"},
		"service name":      {`{"local_services": ["Ollama!"]}`, "local_services[0]"},
		"service twice":     {`{"local_services": ["ollama", "ollama"]}`, "stands twice"},
		"reasonless":        {`{"permissions": [{"permission": "storage", "required": true}]}`, "permissions[0].reason: this key is missing; write text in quotes"},
		"without storage":   {`{"permissions": []}`, `"storage" is missing`},
		"typo in a list":    {`{"permissions": [{"permission": "storage", "requird": true, "reason": "r"}]}`, "permissions[0].requird: there is no such key; did you mean required?"},
		"spec's exact name": {`{"sync_with_kos": true}`, "did you mean sync_with_kOS?"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Resolve(config.DefaultBrowser(), parse(t, c.file))
			lines := problemsOf(t, err)
			require.Len(t, lines, 1)
			assert.Contains(t, lines[0], c.want)
		})
	}
	assert.Equal(t, []string{"popup", "sidepanel", "tab"}, config.DefaultBrowser().Contexts())
}

func TestLaterLayersWinAndExplainSaysWho(t *testing.T) {
	def := config.DefaultStandalone(extension)
	env, unknown := config.FromEnv(config.Fields(def), []string{
		"KAI_NETWORKING_PORT=9001", "KAI_SERVICES_COMFYUI=true",
		"KAI_NETWORKING_CORS_ORIGINS=https://a.example, localhost", "KAI_DATA=/x", "KAI_NETWORKING_PROT=1", "PATH=/bin",
	}, "KAI_DATA")
	flag, ok := config.FromFlag("--port", "networking.port=9002")
	require.True(t, ok)
	got, err := config.Resolve(def, parse(t, "{\n  \"networking\": {\"port\": 9000}\n}"), env, flag)
	require.NoError(t, err)
	assert.Equal(t, 9002, got.Config.Networking.Port)
	assert.True(t, got.Config.Services.ComfyUI)
	assert.Equal(t, []string{"https://a.example", "localhost"}, got.Config.Networking.CORS.Origins)
	require.Len(t, unknown, 1)
	assert.Equal(t, "KAI_NETWORKING_PROT: no key is set by this variable; did you mean KAI_NETWORKING_PORT?", unknown[0].String())

	e, ok := got.Trace.Explain("networking.port")
	require.True(t, ok)
	var history []string
	for _, s := range e.History {
		history = append(history, s.Origin.String()+" = "+s.Value.Show())
	}
	assert.Equal(t, []string{"default = 8080", "kai.json:2:26 = 9000", "KAI_NETWORKING_PORT = 9001", "--port = 9002"}, history)
	assert.Equal(t, config.LayerFlag, e.Origin.Layer)
	assert.Equal(t, "KAI_NETWORKING_PORT", e.Field.Env())
	_, ok = got.Trace.Explain("networking.nothing")
	assert.False(t, ok)
}

func TestTextFromTheEnvironmentIsCheckedLikeAFile(t *testing.T) {
	def := config.DefaultStandalone()
	env, _ := config.FromEnv(config.Fields(def), []string{"KAI_NETWORKING_PORT=many", "KAI_SERVICES_OLLAMA=maybe", "KAI_STORAGE_DB=oracle"})
	_, err := config.Resolve(def, env)
	assert.Equal(t, []string{
		`KAI_NETWORKING_PORT: networking.port: "many" does not fit; write a whole number from 0 to 65535`,
		`KAI_SERVICES_OLLAMA: services.ollama: "maybe" does not fit; write true or false, without quotes`,
		`KAI_STORAGE_DB: storage.db: "oracle" is not allowed; write one of sqlite, duckdb`,
	}, problemsOf(t, err))
	flag, _ := config.FromFlag("--set", "networking=1")
	_, err = config.Resolve(def, flag)
	assert.Contains(t, problemsOf(t, err)[0], "this is a group of keys")
}

func TestBrokenJSONSaysWhere(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"stray comma": {"{\n  \"a\": 1,\n}", "kai.json:"},
		"cut":         {`{"a": [1, 2`, "kai.json:1:12: the text ends too early"},
		"empty":       {``, "the text ends too early"},
		"more text":   {`{} {}`, "text after the closing bracket"},
		"twice":       {"{\"a\": 1,\n \"a\": 2}", "kai.json:2:2: a: this key stands twice"},
		"deep":        {strings.Repeat("[", 100), "nested deeper than 32"},
		"many":        {"[" + strings.Repeat("1,", 20_000) + "1]", "more than 10000 values"},
		"large":       {strings.Repeat(" ", config.MaxBytes+1), "larger than 1 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.ParseJSON("kai.json", []byte(c.file))
			assert.Contains(t, problemsOf(t, err)[0], c.want)
		})
	}
}

func TestSecretsAreHidden(t *testing.T) {
	for _, text := range []string{config.Secret("hunter2").String(), string(must(json.Marshal(config.Secret("hunter2"))))} {
		assert.NotContains(t, text, "hunter2")
	}
	id, ok := config.Secret("vault:mqtt").Reference()
	assert.True(t, ok)
	assert.Equal(t, "mqtt", id)
	assert.Equal(t, "vault:mqtt", config.Secret("vault:mqtt").String(), "a reference is no secret")
	assert.Equal(t, "hunter2", config.Secret("hunter2").Reveal())
}

// words is a vault of a few words.
type words map[string]config.Secret

func (w words) Secret(_ context.Context, id string) (config.Secret, error) {
	if s, ok := w[id]; ok {
		return s, nil
	}
	return "", fault.New(fault.NotFound, "no %s", id)
}

func TestReferencesAreResolvedLate(t *testing.T) {
	for s, want := range map[config.Secret]string{"vault:mqtt": "hunter2", "hunter3": "hunter3", "": ""} {
		got, err := config.Dereference(t.Context(), s, words{"mqtt": "hunter2"})
		require.NoError(t, err)
		assert.Equal(t, want, got.Reveal())
	}
	_, err := config.Dereference(t.Context(), "vault:x", words{})
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func TestTheWrittenConfigurationReadsBack(t *testing.T) {
	first, err := config.Resolve(config.DefaultStandalone(extension), parse(t, `{"auth": {"mode": "local_vault", "vaultPath": "a\"<b>.db"}}`))
	require.NoError(t, err)
	again, err := config.Resolve(config.DefaultStandalone(), parse(t, first.Trace.JSON()))
	require.NoError(t, err)
	assert.Equal(t, first.Config, again.Config)
}

func TestValidateChecksValuesMadeInCode(t *testing.T) {
	s := config.DefaultStandalone()
	require.NoError(t, config.Validate(s))
	s.Networking.Port = -1
	var f *fault.Fault
	require.ErrorAs(t, config.Validate(s), &f)
	assert.Equal(t, "networking.port", f.Field)
}

// must unwraps a result that cannot fail.
func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

package configfile_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kindos/kai/companion/configfile"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// resolveFile reads a text in the format of its name and lays it over the defaults.
func resolveFile[C config.Checked](def C, name, text string) (config.Resolved[C], error) {
	root, err := configfile.Parse(name, []byte(text))
	if err != nil {
		return config.Resolved[C]{}, err
	}
	return config.Resolve(def, config.Source{Layer: config.LayerFile, Root: root})
}

// same demands that one configuration in four formats is one configuration, and not the defaults.
func same[C config.Checked](t *testing.T, def C, texts map[string]string) C {
	t.Helper()
	require.Len(t, texts, len(configfile.Formats()))
	want, err := resolveFile(def, "a.json", texts["json"])
	require.NoError(t, err)
	assert.NotEqual(t, want.Config, def)
	for format, text := range texts {
		got, err := resolveFile(def, "a."+format, text)
		require.NoError(t, err, format)
		assert.Equal(t, want.Config, got.Config, format)
	}
	return want.Config
}

func TestFourFormatsSayTheSame(t *testing.T) {
	standalone := same(t, config.DefaultStandalone(), map[string]string{
		"json": `{"storage": {"files": "./a b;#/"}, "auth": {"mode": "local_vault"}, "networking": {"port": 9000, "cors": {"origins": ["*", "http://a.example"], "methods": []}}}`,
		"yaml": "storage: {files: './a b;#/'}\nauth:\n  mode: local_vault\nnetworking:\n  port: 9000 # mine\n  cors:\n    origins:\n    - '*'\n    - http://a.example\n    methods: []\n",
		"toml": "auth.mode = 'local_vault'\n[storage]\nfiles = \"./a b;#/\" # mine\n[networking]\nport = 9_000\ncors.origins = [\n  \"*\",\n  \"http://a.example\", ]\ncors.methods = []\n",
		"ini":  "; mine\n[storage]\nfiles = ./a b;#/\n\n[auth]\nmode=\"local_vault\"\n# mine\n[networking]\nport = 9000\ncors.origins = *, http://a.example\n[networking.cors]\nmethods =\n",
	})
	assert.Equal(t, "./a b;#/", standalone.Storage.Files)
	same(t, config.DefaultBrowser(), map[string]string{
		"json": `{"ui_mode": "tab", "permissions": [{"permission": "storage", "required": true, "reason": "It \"keeps\"."}]}`,
		"yaml": "ui_mode: tab\npermissions:\n- permission: storage\n  required: true\n  reason: It \"keeps\".\n",
		"toml": "ui_mode = \"tab\"\n[[permissions]]\npermission = \"storage\"\nrequired = true\nreason = 'It \"keeps\".'\n",
		"ini":  "ui_mode = tab\npermissions = [{\"permission\": \"storage\", \"required\": true, \"reason\": \"It \\\"keeps\\\".\"}]\n",
	})
	embedded := same(t, config.DefaultEmbedded(), map[string]string{
		"json": `{"mqtt_host": "mqtts://kai:s3@b.example", "sensors": [{"type": "humidity", "i2c_address": 64, "sampling_rate": 0.1, "enabled": true}, {"type": "motion", "pin": 0, "sampling_rate": 2, "enabled": true}]}`,
		"yaml": "mqtt_host: mqtts://kai:s3@b.example\nsensors:\n- {type: humidity, i2c_address: 0x40, sampling_rate: 0.1, enabled: true}\n- {type: motion, pin: 0, sampling_rate: 2, enabled: true}\n",
		"toml": "mqtt_host = 'mqtts://kai:s3@b.example'\n[[sensors]]\ntype = 'humidity'\ni2c_address = 0x40\nsampling_rate = 0.1\nenabled = true\n[[sensors]]\ntype = 'motion'\npin = 0\nsampling_rate = 2\nenabled = true\n",
		"ini":  "mqtt_host = mqtts://kai:s3@b.example\nsensors = [{\"type\": \"humidity\", \"i2c_address\": 64, \"sampling_rate\": 0.1, \"enabled\": true}, {\"type\": \"motion\", \"pin\": 0, \"sampling_rate\": 2, \"enabled\": true}]\n",
	})
	assert.Equal(t, 64, *embedded.Sensors[0].I2CAddress)
	assert.Equal(t, 0, *embedded.Sensors[1].Pin, "pin 0 is a pin")
	assert.Nil(t, embedded.Sensors[0].Pin)
	same(t, config.DefaultServer(), map[string]string{
		"json": `{"db_url": "vault:db", "scaling": {"scale_up_threshold": 1.5}, "monitoring": {"logging": {"rotation": {"maxSize": "5mb"}}}}`,
		"yaml": "db_url: vault:db\nscaling: {scale_up_threshold: 1.5}\nmonitoring:\n  logging:\n    rotation: {maxSize: 5mb}\n",
		"toml": "db_url = 'vault:db'\nscaling.scale_up_threshold = 1.5\n[monitoring.logging.rotation]\nmaxSize = '5mb'\n",
		"ini":  "db_url = vault:db\nscaling.scale_up_threshold = 1.5\n[monitoring.logging.rotation]\nmaxSize = 5mb\n",
	})
	same(t, config.DefaultCluster(), map[string]string{
		"json": `{"control_plane": {"agents": 5, "trust_zones": ["a"], "high_availability": false}, "secrets": {"rotate_interval": "12h"}}`,
		"yaml": "control_plane: {agents: 5, trust_zones: [a], high_availability: false}\nsecrets: {rotate_interval: 12h}\n",
		"toml": "[control_plane]\nagents = +5\ntrust_zones = ['a']\nhigh_availability = false\n[secrets]\nrotate_interval = '12h'\n",
		"ini":  "[control_plane]\nagents = 5\ntrust_zones = a\nhigh_availability = Off\n[secrets]\nrotate_interval = 12h\n",
	})
}

func TestMistakesHaveTheirPlaceInEveryFormat(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"kai.json": {"{\"networking\": {\n  \"prot\": 1,\n  \"port\": \"x\"}}", "kai.json:2:3: networking.prot: there is no such key; did you mean port?\nkai.json:3:11: networking.port: this is the text \"x\"; write a whole number from 0 to 65535"},
		"kai.yaml": {"networking:\n  prot: 1\n  port: x\n", "kai.yaml:2:3: networking.prot: there is no such key; did you mean port?\nkai.yaml:3:9: networking.port: this is the text \"x\"; write a whole number from 0 to 65535"},
		"kai.toml": {"[networking]\nprot = 1\n  port = \"x\"\n", "kai.toml:2:1: networking.prot: there is no such key; did you mean port?\nkai.toml:3:10: networking.port: this is the text \"x\"; write a whole number from 0 to 65535"},
		"kai.ini":  {"[networking]\nprot = 1\n  port = x\n", "kai.ini:2:8: networking.prot: there is no such key; did you mean port?\nkai.ini:3:10: networking.port: \"x\" does not fit; write a whole number from 0 to 65535"},
	} {
		_, err := resolveFile(config.DefaultStandalone(), name, c.text)
		var problems config.Problems
		require.ErrorAs(t, err, &problems, name)
		assert.Equal(t, c.want, problems.Error())
	}
}

func TestTablesOfTOMLBelongToTheLastOfTheirList(t *testing.T) {
	got, err := resolveFile(config.DefaultServer(), "kai.toml", `monitoring.alerts.enabled = true
[[monitoring.alerts.channels]]
type = "email"
[monitoring.alerts.channels.config]
to = "a@b.example"
[[monitoring.alerts.channels]]
type = "email"
[monitoring.alerts.channels.config]
to = "c@d.example"
`)
	require.NoError(t, err)
	channels := got.Config.Monitoring.Alerts.Channels
	require.Len(t, channels, 2)
	assert.Equal(t, []string{"a@b.example", "c@d.example"}, []string{channels[0].Config.To, channels[1].Config.To})
	got, err = resolveFile(config.DefaultServer(), "kai.toml", "[monitoring]\nalerts . rules =  [\n]\n")
	require.NoError(t, err)
	e, _ := got.Trace.Explain("monitoring.alerts.rules")
	assert.Equal(t, "kai.toml:2:19", e.Origin.String())
}

func TestTOMLThatIsNoConfigurationIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"twice":          {"a = 1\na = 2\n", "kai.toml:2:1: not TOML: key a is already defined"},
		"table twice":    {"[a]\n[a]\n", "kai.toml:2:2"},
		"value as table": {"a = 1\n[a]\n", "kai.toml:2:"},
		"never closed":   {"a = [1, 2\n", "kai.toml:1:"},
		"a date":         {"a = 1979-05-27\n", "kai.toml:1:5: dates and times"},
		"a date in list": {"'ä' = [\n  'ü', 1979-05-27T07:32:00Z]\n", "kai.toml:2:8: dates and times"},
		"deep":           {"a = " + strings.Repeat("[", 40) + strings.Repeat("]", 40), "too deep"},
		"deep beyond":    {"a = " + strings.Repeat("[", 100_000), "too deep"},
		"deep heads":     {"[" + strings.TrimSuffix(strings.Repeat("a.", 40), ".") + "]\n", "too deep"},
		"infinity":       {"[networking]\nport = inf\n", "kai.toml:2:8: networking.port: this is the number inf"},
		"not UTF-8":      {"a = \"\xff\"\n", "kai.toml:1:"},
		"large":          {strings.Repeat("#", config.MaxBytes+1), "larger than 1 MiB"},
	} {
		t.Run(name, func(t *testing.T) { refusedWith(t, "kai.toml", c.text, c.want) })
	}
}

func TestINIThatIsNoConfigurationIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"twice":            {"[a]\nb = 1\n\n[a]\n  b = 2\n", "kai.ini:5:3: the key a.b stands twice"},
		"value and group":  {"[a]\nb = 1\n[a.b]\nc = 1\n", "kai.ini:4:1: a.b.c is a value here, and a section elsewhere"},
		"group and value":  {"[a.b]\nc = 1\n[a]\nb = 1\n", "kai.ini:4:1: a.b is a value here"},
		"no pair":          {"just words\n", "kai.ini:1:1: this is neither a section nor KEY = VALUE"},
		"no key":           {" = 1\n", "this is no key"},
		"open section":     {"[a\n", "kai.ini:1:1: this is no section"},
		"remark behind":    {"[a] ; mine\n", "this is no section"},
		"empty section":    {"[a..b]\n", "this is no section"},
		"bad quotes":       {"a = \"C:\\x\"\n", "kai.ini:1:5: the text in quotes can't be read"},
		"all at once":      {"[\n]\n", "kai.ini:2:1"},
		"not UTF-8":        {"a = \xff\n", "save the file as UTF-8"},
		"a list of no end": {"[networking.cors]\norigins = [\"a\"\n", "kai.ini:2:11: networking.cors.origins"},
		"large":            {strings.Repeat(";", config.MaxBytes+1), "larger than 1 MiB"},
	} {
		t.Run(name, func(t *testing.T) { refusedWith(t, "kai.ini", c.text, c.want) })
	}
}

func refusedWith(t *testing.T, name, text, want string) {
	t.Helper()
	_, err := resolveFile(config.DefaultStandalone(), name, text)
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
	assert.Contains(t, err.Error(), want)
}

// What is written in a format, that format reads back.
func TestWhatIsWrittenReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := config.DefaultStandalone()
		want.Storage.Files = rapid.StringMatching(`[ -~äß\x00-\x1f\x7f]{1,9}`).Draw(t, "files")
		want.Auth.VaultPath = rapid.SampledFrom([]string{"", "true", "5", "[a]", "'a'", `"`, `"a"`, "a\"", "; a", " a ", "null", "- a", "a: b", "#"}).Draw(t, "vault")
		want.Networking.Port = rapid.IntRange(0, 65535).Draw(t, "port")
		want.Networking.CORS.Headers = rapid.SliceOfN(rapid.StringMatching(`[A-Za-z#'|~-]{1,5}`), 0, 3).Draw(t, "headers")
		sheet := configfile.Sheet{Fields: config.Fields(want), Values: config.NodeOf(want)}
		if rapid.Bool().Draw(t, "explained") {
			sheet.Notes, sheet.Active = []string{"mine"}, func(path string) bool { return !strings.HasPrefix(path, "features.") }
		}
		for _, format := range configfile.Formats() {
			text, err := sheet.Write(format)
			require.NoError(t, err)
			got, err := resolveFile(config.DefaultStandalone(), "a."+format, text)
			require.NoError(t, err, "%s\n%s", format, text)
			require.Equal(t, config.NodeOf(want).Show(), config.NodeOf(got.Config).Show(), "%s\n%s", format, text)
		}
	})
}

func TestTheItemsOfEveryModeReadBack(t *testing.T) {
	pin, most := 0, 180.5
	embedded := config.DefaultEmbedded()
	embedded.Actuators = []config.Actuator{{Type: "servo", ID: "a", Pin: &pin, Max: &most, SafeState: 90, Enabled: true}}
	server := config.DefaultServer()
	server.DBURL = "postgresql://a:b'c@h/d"
	server.Monitoring.Alerts.Channels = []config.Channel{{Type: "slack", Config: config.ChannelConfig{URL: "https://h.example/'\"\\"}}}
	readsBack(t, embedded)
	readsBack(t, server)
	readsBack(t, config.DefaultBrowser())
	readsBack(t, config.DefaultCluster())
}

func readsBack[C config.Checked](t *testing.T, want C) {
	t.Helper()
	for _, format := range configfile.Formats() {
		text, err := configfile.Sheet{Fields: config.Fields(want), Values: config.NodeOf(want)}.Write(format)
		require.NoError(t, err)
		var blank C
		got, err := resolveFile(blank, "a."+format, text)
		require.NoError(t, err, "%s\n%s", format, text)
		assert.Equal(t, want, got.Config, "%s\n%s", format, text)
	}
}

// Whatever a file holds, it is read or refused, never a panic.
func FuzzTOML(f *testing.F) {
	for _, seed := range []string{"a = 1\n", "[a.b]\nc = [1, {d = 'e'}]\n", "[[a]]\n[[a.b]]\n", "a.b.c = \"\\u00e4\"", "a = \"\"\"\nx\"\"\"\n", "\xff", "a = 0x1F\nb = 1979-05-27", "a = inf\n[a.b]\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) { readOrRefused(t, "f.toml", text) })
}

// Whatever a file holds, it is read or refused, never a panic.
func FuzzINI(f *testing.F) {
	for _, seed := range []string{"a = 1\n", "[a.b]\nc=\"\\n\"\n", "[networking.cors]\norigins = [\"a\", {}]\n", "; x\n#y\n[", "a=\n=a\n", "\xef\xbb\xbfa = 'b'\r\n", "a.b = 1\n[a.b]\nc = 1\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) { readOrRefused(t, "f.ini", text) })
}

func readOrRefused(t *testing.T, name string, text []byte) {
	t.Helper()
	for _, err := range []error{
		second(resolveFile(config.DefaultStandalone(), name, string(text))),
		second(resolveFile(config.DefaultServer(), name, string(text))),
	} {
		assert.Contains(t, []fault.Code{"", fault.Invalid}, fault.CodeOf(err))
	}
}

func second[T any](_ T, err error) error { return err }

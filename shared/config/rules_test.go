package config_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/config"
)

// rule is one file and what is said of it, as a mistake or as a warning.
type rule struct{ file, want string }

// holds demands that each file is refused, or only warned of, with exactly one line.
func holds[C config.Checked](t *testing.T, def C, refused, warned map[string]rule) {
	t.Helper()
	for name, c := range refused {
		t.Run(name, func(t *testing.T) {
			_, err := config.Resolve(def, parse(t, c.file))
			lines := problemsOf(t, err)
			require.Len(t, lines, 1, "%v", lines)
			assert.Contains(t, lines[0], c.want)
		})
	}
	for name, c := range warned {
		t.Run(name, func(t *testing.T) {
			got, err := config.Resolve(def, parse(t, c.file))
			require.NoError(t, err)
			if c.want == "" {
				assert.Empty(t, got.Warnings)
				return
			}
			require.Len(t, got.Warnings, 1, "%v", got.Warnings)
			assert.Contains(t, got.Warnings[0].String(), c.want)
		})
	}
}

func TestRulesOfServer(t *testing.T) {
	channel := func(text string) string { return `{"monitoring": {"alerts": {"channels": [` + text + `]}}}` }
	alert := func(text string) string {
		return `{"monitoring": {"alerts": {"enabled": true, "channels": [{"type": "email", "config": {"to": "a@b.example"}}], "rules": [` + text + `]}}}`
	}
	holds(t, config.DefaultServer(), map[string]rule{
		"other database":        {`{"db_url": "mysql://kai:x@localhost/kos"}`, `kai.json:1:12: db_url: "mysql" is no database that server mode keeps records in`},
		"no database name":      {`{"db_url": "postgresql://localhost"}`, "the address names no database"},
		"no address":            {`{"db_url": "kos"}`, "db_url: this is not an address"},
		"known password":        {`{"db_url": "postgresql://kai:kai@db.example/kos"}`, "everybody knows the password kai, and db.example is another computer"},
		"masked password":       {`{"db_url": "postgresql://kai:***@localhost/kos"}`, "*** is what kai shows instead of a secret"},
		"password of digits":    {`{"db_url": 12345}`, "this is the number; write text in quotes"},
		"other broker":          {`{"celery_broker": "amqp://localhost"}`, `"amqp" is no broker that kai speaks`},
		"forgetful":             {`{"log_retention_days": 0}`, "0 is out of range; write a whole number from 1 to 3650"},
		"provider":              {`{"auth_provider": "oidcc"}`, "did you mean oidc?"},
		"few and many":          {`{"scaling": {"min_workers": 5}}`, "scaling.min_workers: there can't be fewer than 5 and at most 4 workers"},
		"no workers":            {`{"scaling": {"min_workers": 0}}`, "0 is out of range"},
		"target":                {`{"scaling": {"target_cpu_utilization": 100.5}}`, "100.5 is out of range; write a number from 1 to 100"},
		"flapping":              {`{"scaling": {"scale_up_threshold": 0.9}}`, "0.9 is out of range"},
		"threshold as text":     {`{"scaling": {"scale_up_threshold": "1.2"}}`, "a number from 1 to 10"},
		"endpoint":              {`{"monitoring": {"metrics": {"endpoint": "metrics"}}}`, `"metrics" is not a path`},
		"size":                  {`{"monitoring": {"logging": {"rotation": {"maxSize": "100"}}}}`, "is not a size from 1mb to 10gb"},
		"channel without a way": {channel(`{"type": "slack", "config": {}}`), "channels[0].config.url: a channel of type slack needs it"},
		"channel of two ways":   {channel(`{"type": "email", "config": {"to": "a@b.example", "routing_key": "k"}}`), "has no use for it"},
		"unencrypted hook":      {channel(`{"type": "webhook", "config": {"url": "http://h.example"}}`), "this is not an https address"},
		"no email":              {channel(`{"type": "email", "config": {"to": "ada"}}`), "is not an email address"},
		"channel without type":  {channel(`{"config": {"to": "a@b.example"}}`), "channels[0].type: this key is missing"},
		"condition":             {alert(`{"name": "n", "condition": "queue > many", "severity": "info", "channels": ["email"]}`), "can't be read"},
		"silent rule":           {alert(`{"name": "n", "condition": "q > 1", "severity": "info", "channels": ["slack"]}`), `there is no channel of type "slack"`},
		"severity":              {alert(`{"name": "n", "condition": "q > 1", "severity": "warn", "channels": ["email"]}`), "write one of info, warning, critical"},
	}, map[string]rule{
		"vault reference":     {`{"db_url": "vault:db", "celery_broker": "vault:redis"}`, ""},
		"plain to elsewhere":  {`{"db_url": "postgresql://kai:s3@db.example/kos?sslmode=disable"}`, "records go to db.example unencrypted"},
		"broker's password":   {`{"celery_broker": "redis://:s3@r.example"}`, "the password goes to r.example unencrypted"},
		"rules without alert": {`{"monitoring": {"alerts": {"rules": [{"name": "n", "condition": "q > 1", "severity": "info", "channels": []}]}}}`, "nobody is told"},
		"a whole rule":        {alert(`{"name": "n", "condition": "q >= 1.5", "severity": "critical", "channels": ["email"]}`), ""},
	})
}

func TestRulesOfEmbedded(t *testing.T) {
	sensor := func(text string) string { return `{"sensors": [` + text + `]}` }
	actuator := func(text string) string { return `{"actuators": [` + text + `]}` }
	holds(t, config.DefaultEmbedded(), map[string]rule{
		"broker by http":       {`{"mqtt_host": "http://broker"}`, `"http" is not a way to a broker`},
		"broker with path":     {`{"mqtt_host": "broker/x"}`, "this is not the name or address of a broker"},
		"broker's port":        {`{"mqtt_host": "broker:99999"}`, "this is not the name or address of a broker"},
		"password in the open": {`{"mqtt_host": "mqtt://kai:s3@broker.example"}`, "the password would go to broker.example unencrypted"},
		"device in two":        {`{"device_id": "a/b"}`, "can't stand in an MQTT topic"},
		"wild device":          {`{"device_id": "+"}`, "can't stand in an MQTT topic"},
		"too quiet":            {`{"heartbeat_interval": 65536}`, "65536 is out of range"},
		"display":              {`{"display_type": "lcd"}`, "write one of none, led, oled, eink"},
		"unwired":              {sensor(`{"type": "motion", "sampling_rate": 1, "enabled": true}`), "sensors[0]: nobody knows where the motion sensor is wired"},
		"twice wired":          {sensor(`{"type": "motion", "pin": 4, "i2c_address": 64, "sampling_rate": 1, "enabled": true}`), "it can't be on a pin and on the I2C bus"},
		"bus address":          {sensor(`{"type": "motion", "i2c_address": 3, "sampling_rate": 1, "enabled": true}`), "3 is out of range; write a whole number from 8 to 119"},
		"never read":           {sensor(`{"type": "motion", "pin": 4, "sampling_rate": 0, "enabled": true}`), "it would never be read"},
		"silently off":         {sensor(`{"type": "motion", "pin": 4, "sampling_rate": 1}`), "sensors[0].enabled: this key is missing"},
		"no such sensor":       {sensor(`{"type": "humidty", "pin": 4, "sampling_rate": 1, "enabled": false}`), "did you mean humidity?"},
		"unsafe":               {actuator(`{"type": "relay", "id": "r", "pin": 4, "safe_state": 2, "enabled": true}`), "the safe state is outside"},
		"upside down":          {actuator(`{"type": "servo", "id": "r", "pin": 4, "safe_state": 0, "min": 90, "max": 0, "enabled": true}`), "the least value is greater"},
		"stuck":                {actuator(`{"type": "servo", "id": "r", "pin": 4, "safe_state": 0, "max_rate": 0, "enabled": true}`), "it could never move"},
		"same name":            {actuator(`{"type": "led", "id": "r", "pin": 4, "safe_state": 0, "enabled": true}, {"type": "led", "id": "r", "pin": 5, "safe_state": 0, "enabled": true}`), `"r" is actuators[0] already`},
		"same pin":             {actuator(`{"type": "led", "id": "r", "pin": 4, "safe_state": 0, "enabled": true}, {"type": "led", "id": "s", "pin": 4, "safe_state": 0, "enabled": true}`), "pin 4 belongs to actuators[0] already"},
		"sensor's pin":         {`{"sensors": [{"type": "motion", "pin": 0, "sampling_rate": 1, "enabled": true}], "actuators": [{"type": "led", "id": "s", "pin": 0, "safe_state": 0, "enabled": true}]}`, "pin 0 belongs to sensors[0] already"},
		"critical first":       {`{"power_management": {"critical_percent": 20}}`, "a battery is low before it is critical"},
		"cut first":            {`{"power_management": {"thermal_cut_c": 80}}`, "a device works slower before it stops"},
	}, map[string]rule{
		"broker with port": {`{"mqtt_host": "broker.local:8883"}`, ""},
		"broker by TLS":    {`{"mqtt_host": "mqtts://kai:s3@broker.example"}`, ""},
		"two of one part":  {sensor(`{"type": "temperature", "pin": 4, "sampling_rate": 0.1, "enabled": true}, {"type": "humidity", "pin": 4, "sampling_rate": 0.1, "enabled": true}`), ""},
		"nothing to hear":  {`{"voice_ui": true}`, "has no enabled microphone"},
		"off, unwired":     {sensor(`{"type": "motion", "sampling_rate": 0, "enabled": false}`), ""},
		"a servo":          {actuator(`{"type": "servo", "id": "arm", "pin": 18, "safe_state": 90, "min": -90, "max": 90, "max_rate": 45.5, "enabled": true}`), ""},
	})
}

func TestRulesOfCluster(t *testing.T) {
	holds(t, config.DefaultCluster(), map[string]rule{
		"orchestrator":      {`{"orchestrator": "kubernets"}`, "did you mean kubernetes?"},
		"no zone":           {`{"control_plane": {"trust_zones": []}}`, "there is no zone"},
		"zone of capitals":  {`{"control_plane": {"trust_zones": ["Public"]}}`, "can't be part of a namespace"},
		"own zone":          {`{"control_plane": {"trust_zones": ["system"]}}`, "kai-system is kAI's own"},
		"zone twice":        {`{"control_plane": {"trust_zones": ["a", "a"]}}`, "trust_zones[1]: \"a\" stands twice"},
		"one is not two":    {`{"control_plane": {"agents": 1}}`, "write 2 or more, or set high_availability to false"},
		"unknown watcher":   {`{"services": {"monitoring_stack": ["promtheus"]}}`, "did you mean prometheus?"},
		"kiali alone":       {`{"services": {"monitoring_stack": ["kiali"]}}`, "Kiali reads from Prometheus"},
		"no envoy":          {`{"services": {"envoy": false}}`, "services.envoy is false"},
		"secrets elsewhere": {`{"orchestrator": "nomad", "networking": {"service_mesh": false}, "services": {"monitoring_stack": []}}`, "the orchestrator is nomad"},
		"interval":          {`{"secrets": {"rotate_interval": "weekly"}}`, `"weekly" is not a length of time`},
		"constant change":   {`{"secrets": {"rotate_interval": "1m"}}`, "from 1h to 365d"},
		"ingress":           {`{"networking": {"ingress_controller": ""}}`, "such as nginx"},
	}, map[string]rule{
		"without a mesh":  {`{"networking": {"service_mesh": false}}`, "Kiali shows a service mesh"},
		"mesh on a swarm": {`{"orchestrator": "docker_swarm", "secrets": {"vault_provider": "aws_kms"}}`, "Istio needs Kubernetes"},
	})
}

func TestSpansAndSizes(t *testing.T) {
	for text, want := range map[string]time.Duration{"7d": 168 * time.Hour, "1w": 168 * time.Hour, "90s": 90 * time.Second, "0h": 0} {
		got, ok := config.ParseSpan(text)
		assert.True(t, ok, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "d", "7", "-1d", "1.5h", "7 d", "99999999999d", "2147483647w"} {
		_, ok := config.ParseSpan(text)
		assert.False(t, ok, text)
	}
	size, ok := config.ParseSize("100mb")
	assert.Equal(t, []any{int64(100 << 20), true}, []any{size, ok})
	for _, text := range []string{"", "mb", "100", "-1mb", "1tb"} {
		_, ok := config.ParseSize(text)
		assert.False(t, ok, text)
	}
}

func TestPasswordsInAddressesAreHidden(t *testing.T) {
	for text, want := range map[string]string{
		"postgresql://kai:s3cret@localhost/kos":          "postgresql://kai:***@localhost/kos",
		"postgresql://kai:s3/cr@et@localhost/kos":        "postgresql://kai:***@localhost/kos",
		"postgresql://h/kos?sslmode=require&password=s3": "postgresql://h/kos?sslmode=require&password=***",
		"postgresql://h/kos?p%61ssword=s3":               "postgresql://h/kos?p%61ssword=***",
		"redis://:s3cret@localhost:6379/0":               "redis://:***@localhost:6379/0",
		"host=db password=s3cret":                        "***",
		"kai:s3cret@db":                                  "***",
		"10.0.0.1":                                       "10.0.0.1",
		"vault:db":                                       "vault:db",
		"":                                               "",
	} {
		secret := config.SecretURL(text)
		assert.Equal(t, want, secret.String())
		assert.JSONEq(t, `"`+want+`"`, string(must(json.Marshal(secret))))
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s", secret, secret, secret, secret), "s3")
		assert.Equal(t, text, secret.Reveal())
	}
}

// Whatever shows a configuration, and whatever is said of a wrong one, shows no secret, however deep it is.
func TestNoSecretIsShown(t *testing.T) {
	got, err := config.Resolve(config.DefaultServer(), parse(t, `{"db_url": "postgresql://kai:hunter2@localhost/kos", "monitoring": {"alerts": {"enabled": true,
		"channels": [{"type": "slack", "config": {"url": "https://hooks.example/hunter2"}}, {"type": "pagerduty", "config": {"routing_key": "hunter2"}}]}}}`))
	require.NoError(t, err)
	shown := got.Trace.JSON() + got.Trace.Masked().Show() + fmt.Sprintf("%+v %#v", got.Config, got.Config)
	paths := []string{"monitoring", "monitoring.alerts.channels[0]", "monitoring.alerts.channels[0].config.url", "monitoring.alerts.channels[1].config", "db_url"}
	for _, path := range paths {
		e, ok := got.Trace.Explain(path)
		require.True(t, ok, path)
		shown += e.Value.Show()
		for _, s := range e.History {
			shown += s.Value.Show()
		}
	}
	for _, f := range got.Trace.Fields() {
		if e, ok := got.Trace.Explain(f.Path); ok {
			shown += e.Value.Show()
		}
	}
	assert.NotContains(t, shown, "hunter2")
	assert.Contains(t, got.Trace.Merged().Show(), "hunter2", "what decodes it has it")
	assert.Equal(t, []string{
		"postgresql://kai:kai@localhost/kos", "kai", "postgresql://kai:hunter2@localhost/kos", "hunter2", "https://hooks.example/hunter2", "hunter2",
	}, got.Trace.Secrets())
	_, err = config.Resolve(config.DefaultServer(), parse(t, `{"db_url": 3141592, "celery_broker": "hunter2", "monitoring": {"alerts": {"channels": [{"type": "slack", "config": {"url": "hunter2"}},
		{"type": "email", "config": {"routing_key": 3141592}}]}}}`))
	for _, line := range problemsOf(t, err) {
		assert.NotContains(t, line, "hunter2")
		assert.NotContains(t, line, "3141592")
	}
}

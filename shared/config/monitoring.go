package config

import (
	"strconv"
	"strings"
)

// Monitoring says what is measured, written down and told (adopted definition of MonitoringConfig).
type Monitoring struct {
	Metrics Metrics `json:"metrics" doc:"Counters and gauges, for Prometheus."`
	Logging Logging `json:"logging" doc:"What is written down."`
	Alerts  Alerts  `json:"alerts" doc:"When to tell whom."`
}

// Metrics says how counters are served.
type Metrics struct {
	Enabled   bool   `json:"enabled" doc:"False: nothing is counted."`
	Endpoint  string `json:"endpoint" doc:"Path on the API's port where they are read."`
	Interval  int    `json:"interval" min:"1000" max:"3600000" doc:"Milliseconds between two measurements."`
	Retention int    `json:"retention" min:"60" max:"315360000" doc:"Seconds that measurements are kept."`
}

// Logging says what is written down.
type Logging struct {
	Level    string   `json:"level" enum:"debug,info,warn,error" doc:"The least important lines that are written."`
	Format   string   `json:"format" enum:"json,text" doc:"json: a line for programs. text: a line for people."`
	Output   string   `json:"output" enum:"console,file,both" doc:"Where lines go."`
	Rotation Rotation `json:"rotation" doc:"How log files are kept small."`
}

// Rotation says how log files are kept small.
type Rotation struct {
	MaxSize  string `json:"maxSize" doc:"Size at which a new file is begun, such as 100mb."`
	MaxFiles int    `json:"maxFiles" min:"1" max:"1000" doc:"How many files are kept."`
	Compress bool   `json:"compress" doc:"Compress files that are full."`
}

// Alerts say when to tell whom.
type Alerts struct {
	Enabled  bool      `json:"enabled" doc:"False: nobody is told."`
	Channels []Channel `json:"channels" doc:"Ways to tell somebody."`
	Rules    []Rule    `json:"rules" doc:"What to tell."`
}

// Channel is a way to tell somebody.
type Channel struct {
	Type   string        `json:"type" enum:"email,slack,webhook,pagerduty" doc:"What kind of way."`
	Config ChannelConfig `json:"config" doc:"How to reach it."`
}

// ChannelConfig says how a channel is reached. Each type needs one of the keys.
type ChannelConfig struct {
	To         string `json:"to,omitempty" doc:"Of email: the address."`
	URL        Secret `json:"url,omitempty" doc:"Of slack and webhook: the address, which is a secret in itself."`
	RoutingKey Secret `json:"routing_key,omitempty" doc:"Of pagerduty: the key of the service."`
}

// Rule is something to tell.
type Rule struct {
	Name      string   `json:"name" doc:"What to call it."`
	Condition string   `json:"condition" doc:"A metric, a comparison and a number, such as queue_depth > 100."`
	Severity  string   `json:"severity" enum:"info,warning,critical" doc:"How bad it is."`
	Channels  []string `json:"channels" doc:"Types of the channels that are told."`
}

// DefaultMonitoring returns the adopted defaults.
func DefaultMonitoring() Monitoring {
	return Monitoring{
		Metrics: Metrics{Enabled: true, Endpoint: "/metrics", Interval: 15_000, Retention: 2_592_000},
		Logging: Logging{Level: "info", Format: "json", Output: "both", Rotation: Rotation{MaxSize: "100mb", MaxFiles: 10, Compress: true}},
		Alerts:  Alerts{Channels: []Channel{}, Rules: []Rule{}},
	}
}

// checkMonitoring checks what the tags can't say.
func checkMonitoring(path string, m Monitoring, r *report) {
	if !strings.HasPrefix(m.Metrics.Endpoint, "/") || strings.ContainsAny(m.Metrics.Endpoint, "?# ") {
		r.wrong(path+".metrics.endpoint", strconv.Quote(clip(m.Metrics.Endpoint))+" is not a path", "write one such as /metrics")
	}
	if size, ok := ParseSize(m.Logging.Rotation.MaxSize); !ok || size < 1<<20 || size > 10<<30 {
		r.wrong(path+".logging.rotation.maxSize", strconv.Quote(clip(m.Logging.Rotation.MaxSize))+" is not a size from 1mb to 10gb", "write one such as 100mb")
	}
	for i, c := range m.Alerts.Channels {
		checkChannel(path+".alerts.channels"+index(i), c, r)
	}
	for i, rule := range m.Alerts.Rules {
		checkRule(path+".alerts.rules"+index(i), rule, m.Alerts, r)
	}
	if len(m.Alerts.Rules) > 0 && !m.Alerts.Enabled {
		r.warn(path+".alerts.enabled", "there are rules, but nobody is told", "set it to true, or leave the rules out")
	}
}

// checkChannel wants the key that the type needs, and no other.
func checkChannel(path string, c Channel, r *report) {
	needs := map[string]string{"email": "to", "slack": "url", "webhook": "url", "pagerduty": "routing_key"}[c.Type]
	for _, k := range []struct{ key, value string }{{"to", c.Config.To}, {"url", c.Config.URL.Reveal()}, {"routing_key", c.Config.RoutingKey.Reveal()}} {
		at := path + ".config." + k.key
		switch {
		case needs == "":
		case k.key == needs && k.value == "":
			r.wrong(at, "a channel of type "+c.Type+" needs it", "write it, or vault:<id> where it is secret")
		case k.key != needs && k.value != "":
			r.wrong(at, "a channel of type "+c.Type+" has no use for it", "leave it out, or change the type")
		}
	}
	if c.Type == "email" && c.Config.To != "" && !strings.Contains(strings.Trim(c.Config.To, "@"), "@") {
		r.wrong(path+".config.to", strconv.Quote(clip(c.Config.To))+" is not an email address", "write one such as ada@example.org")
	}
	if _, ok := c.Config.URL.Reference(); needs == "url" && c.Config.URL != "" && !ok && !strings.HasPrefix(c.Config.URL.Reveal(), "https://") {
		r.wrong(path+".config.url", "this is not an https address, and it is a secret in itself", "write the https:// address, or vault:<id>")
	}
}

// checkRule wants a condition that can be read, and channels that are there.
func checkRule(path string, rule Rule, all Alerts, r *report) {
	if strings.TrimSpace(rule.Name) == "" {
		r.wrong(path+".name", "the rule has no name", "write what it watches")
	}
	words := strings.Fields(rule.Condition)
	if len(words) != 3 || !among(words[1], ">", ">=", "<", "<=", "==", "!=") || !number(words[2]) {
		r.wrong(path+".condition", strconv.Quote(clip(rule.Condition))+" can't be read", "write a metric, a comparison and a number, such as queue_depth > 100")
	}
	for i, wanted := range rule.Channels {
		found := false
		for _, c := range all.Channels {
			found = found || c.Type == wanted
		}
		if !found {
			r.wrong(path+".channels"+index(i), "there is no channel of type "+strconv.Quote(clip(wanted)), "add it to alerts.channels, or name another")
		}
	}
}

// number says whether text is one.
func number(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

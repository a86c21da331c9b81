// Package debug lists the tools that look into a running kAI, mode by mode (specification: Mode-Specific Debug Tools).
//
// Data only, so that every program can tell the same. Imports shared/mode.
package debug

import "github.com/kindos/kai/shared/mode"

// The kinds of tools.
const (
	Profiler  = "profiler"
	Logger    = "logger"
	Monitor   = "monitor"
	Inspector = "inspector"
)

// The tools of standalone mode: a page that looks into a running kai, and what is logged.
const (
	DevtoolsAgent = "devtools-agent"
	TailLog       = "tail-log"
)

// Session is a time in which the tools of a mode are ready (specification: DebugSession).
type Session struct {
	ID    string    `json:"sessionId"`
	Mode  mode.Mode `json:"mode"`
	Tools []string  `json:"enabledTools"`
	Start string    `json:"startTime"` // RFC 3339
}

// Tool is a debug tool (specification: DebugTool).
type Tool struct {
	Name          string         `json:"name"`
	Mode          mode.Mode      `json:"mode"`
	Type          string         `json:"type"`
	Endpoint      string         `json:"endpoint,omitempty"`
	Configuration map[string]any `json:"configuration"`

	Built   bool   `json:"built"`             // it is in this version
	Use     string `json:"use"`               // how to use it, or what helps until it is there
	Adopted bool   `json:"adopted,omitempty"` // the specification does not name it
}

// Tools lists the tools of a mode: first the specified ones in their order.
func Tools(m mode.Mode) []Tool {
	switch m {
	case mode.Standalone:
		return []Tool{
			{
				Name: DevtoolsAgent, Mode: m, Type: Inspector, Endpoint: "http://localhost:8080/debug", Configuration: map[string]any{"realtime": true},
				Built: true, Use: "kai open, then http://localhost:8080/debug in that browser",
			},
			{
				Name: TailLog, Mode: m, Type: Logger, Configuration: map[string]any{"logLevel": "debug", "follow": true},
				Built: true, Use: "kai debug enable, then kai logs -f",
			},
		}
	case mode.Browser:
		return []Tool{
			{
				Name: "indexeddb-inspector", Mode: m, Type: Inspector, Configuration: map[string]any{"database": "kai-cd"},
				Built: true, Use: "in the extension: Settings, About",
			},
			{
				Name: "extension-console", Mode: m, Type: Logger, Configuration: map[string]any{"context": "all"},
				Built: true, Use: "in the extension: Settings, About",
			},
		}
	case mode.Embedded:
		return []Tool{
			{Name: "serial-console", Mode: m, Type: Logger, Configuration: map[string]any{}, Adopted: true, Use: "comes with embedded mode"},
			{Name: "voice-log", Mode: m, Type: Logger, Configuration: map[string]any{}, Adopted: true, Use: "comes with embedded mode"},
		}
	case mode.Server:
		return []Tool{
			{Name: "prometheus", Mode: m, Type: Monitor, Endpoint: "http://localhost:9090", Configuration: map[string]any{}, Adopted: true, Use: "comes with server mode"},
			{Name: "grafana", Mode: m, Type: Monitor, Endpoint: "http://localhost:3001", Configuration: map[string]any{}, Adopted: true, Use: "comes with server mode"},
			{Name: "loki", Mode: m, Type: Logger, Configuration: map[string]any{}, Adopted: true, Use: "comes with server mode"},
			{Name: "otel", Mode: m, Type: Profiler, Configuration: map[string]any{}, Adopted: true, Use: "comes with server mode"},
		}
	case mode.Cluster:
		return []Tool{
			{
				Name: "kiali", Mode: m, Type: Monitor, Endpoint: "http://kiali.istio-system:20001", Configuration: map[string]any{"namespace": "kai-system"},
				Use: "comes with cluster mode",
			},
			{
				Name: "jaeger", Mode: m, Type: Profiler, Endpoint: "http://jaeger.observability:16686", Configuration: map[string]any{"service": "kai-agents"},
				Use: "comes with cluster mode",
			},
		}
	default:
		return nil
	}
}

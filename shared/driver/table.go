package driver

import (
	"slices"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
)

// Step is one part of a mode. Needs are steps that must be up first. Built is false while this version has no code for it.
type Step struct {
	Name     string   `json:"name"`
	About    string   `json:"about"`
	Needs    []string `json:"needs,omitempty"`
	Optional bool     `json:"optional,omitempty"`
	Built    bool     `json:"built"`
}

// The steps of standalone mode.
const (
	StepStorage    = "storage"
	StepServices   = "services"
	StepEngine     = "engine"
	StepAssistant  = "assistant"
	StepAPI        = "api"
	StepSocket     = "socket"
	StepOllama     = "ollama"
	StepComfyUI    = "comfyui"
	StepChroma     = "chroma"
	StepA1111      = "a1111"
	StepVault      = "vault"
	StepCache      = "cache"
	StepTasks      = "tasks"
	StepUpdates    = "updates"
	StepTelemetry  = "telemetry"
	StepFederation = "federation"
)

// Steps lists what a mode consists of, in the order of the specification.
func Steps(m mode.Mode) []Step {
	switch m {
	case mode.Standalone:
		return standalone()
	case mode.Browser:
		return browser()
	case mode.Embedded:
		return embedded()
	case mode.Server:
		return server()
	case mode.Cluster:
		return cluster()
	default:
		return nil
	}
}

// Runs says whether every needed step of a mode is built.
func Runs(m mode.Mode) bool {
	steps := Steps(m)
	return len(steps) > 0 && !slices.ContainsFunc(steps, func(s Step) bool { return !s.Optional && !s.Built })
}

func standalone() []Step {
	return []Step{
		{Name: StepStorage, About: "records in SQLite, in the data directory", Built: true},
		{Name: StepVault, About: "secrets, encrypted (auth.mode local_vault)", Needs: []string{StepStorage}, Optional: true, Built: true},
		{Name: StepCache, About: "short-lived results, in memory or in Redis at localhost:6379", Optional: true, Built: true},
		{Name: StepTasks, About: "long work and schedules, kept on disk", Needs: []string{StepStorage, StepAssistant}, Optional: true, Built: true},
		{Name: StepUpdates, About: "newer releases of kai, once a day (features.auto_update)", Needs: []string{StepStorage, StepAssistant}, Optional: true, Built: true},
		{Name: StepTelemetry, About: "counters of use, to an endpoint that you name (features.telemetry)", Needs: []string{StepStorage, StepAssistant}, Optional: true, Built: true},
		{Name: StepServices, About: "connectors to model servers", Built: true},
		{Name: StepOllama, About: "Ollama at localhost:11434", Needs: []string{StepServices}, Optional: true, Built: true},
		{Name: StepComfyUI, About: "ComfyUI at localhost:8188", Needs: []string{StepServices}, Optional: true, Built: true},
		{Name: StepChroma, About: "Chroma at localhost:8000", Needs: []string{StepServices}, Optional: true, Built: true},
		{Name: StepA1111, About: "Stable Diffusion web UI at localhost:7860", Needs: []string{StepServices}, Optional: true, Built: true},
		{Name: StepEngine, About: "answers in the making, kept on disk", Needs: []string{StepStorage, StepServices}, Built: true},
		{Name: StepAssistant, About: "conversations, search, settings", Needs: []string{StepStorage, StepEngine}, Built: true},
		{Name: StepAPI, About: "web app and API on networking.port", Needs: []string{StepAssistant}, Built: true},
		{Name: StepFederation, About: "other kai that you allow (features.federation)", Needs: []string{StepTasks, StepAPI}, Optional: true, Built: true},
		{Name: StepSocket, About: "browsers on this computer, by native messaging", Needs: []string{StepEngine}, Built: true},
	}
}

func browser() []Step {
	return []Step{
		{Name: StepStorage, About: "records in IndexedDB or chrome.storage", Built: true},
		{Name: "companion", About: "the kai program, by native messaging", Optional: true, Built: true},
		{Name: StepServices, About: "connectors to model servers, through kai or by fetch", Built: true},
		{Name: StepEngine, About: "answers in the making, where kai is not there", Needs: []string{StepStorage, StepServices}, Built: true},
		{Name: StepAssistant, About: "conversations, search, settings", Needs: []string{StepStorage, StepEngine}, Built: true},
		{Name: "contexts", About: "popup, side panel and tab in step over kai-sync", Needs: []string{StepAssistant}, Built: true},
		{Name: "kos", About: "exchange of records with kOS (sync_with_kOS)", Needs: []string{StepStorage, "companion"}, Optional: true, Built: true},
	}
}

func embedded() []Step {
	return []Step{
		{Name: "hardware", About: "pins and buses of the sensors and actuators"},
		{Name: "mqtt", About: "connection to the broker at mqtt_host"},
		{Name: "klp", About: "joins the kind link (klp_enabled)", Needs: []string{"mqtt"}, Optional: true},
		{Name: "sensors", About: "readings at their sampling rate", Needs: []string{"hardware", "mqtt"}},
		{Name: "voice", About: "listening and speaking (voice_ui)", Needs: []string{"hardware"}, Optional: true},
		{Name: "power", About: "sleeps and throttles to spare the battery", Needs: []string{"hardware"}},
	}
}

func server() []Step {
	return []Step{
		{Name: "database", About: "records in PostgreSQL (db_url)"},
		{Name: "queue", About: "task broker (celery_broker)"},
		{Name: "vectors", About: "qdrant, chroma or pinecone (vector_store)", Optional: true},
		{Name: "auth", About: "sign-in, local or by OIDC (auth_provider)", Needs: []string{"database"}},
		{Name: StepAPI, About: "web app and API for a team", Needs: []string{"database", "auth"}},
		{Name: "workers", About: "execute tasks, between min_workers and max_workers", Needs: []string{"database", "queue"}},
		{Name: "monitoring", About: "metrics, logs, alerts", Needs: []string{StepAPI, "workers"}, Optional: true},
	}
}

func cluster() []Step {
	return []Step{
		{Name: "orchestrator", About: "Kubernetes, Swarm or Nomad"},
		{Name: "mesh", About: "encrypted traffic between services (service_mesh)", Needs: []string{"orchestrator"}, Optional: true},
		{Name: "secrets", About: "keys, rotated every rotate_interval", Needs: []string{"orchestrator"}},
		{Name: "nats", About: "messages between agents", Needs: []string{"orchestrator", "secrets"}},
		{Name: "envoy", About: "the way in", Needs: []string{"orchestrator", "secrets"}},
		{Name: "vectors", About: "vector database (vector_db)", Needs: []string{"orchestrator", "secrets"}},
		{Name: "agents", About: "a controller in every trust zone", Needs: []string{"nats", "envoy", "vectors"}},
		{Name: "observability", About: "monitoring_stack", Needs: []string{"agents"}, Optional: true},
	}
}

// Order sorts steps so that each comes after what it needs, otherwise as given. A cycle or an unknown need answers
// fault.Internal: the table is ours.
func Order(steps []Step) ([]Step, error) {
	var out []Step
	done := map[string]bool{}
	for len(out) < len(steps) {
		next := slices.IndexFunc(steps, func(s Step) bool {
			return !done[s.Name] && !slices.ContainsFunc(s.Needs, func(need string) bool { return !done[need] })
		})
		if next < 0 {
			return nil, fault.New(fault.Internal, "the steps of a mode need each other in a circle, or one that is not there")
		}
		done[steps[next].Name] = true
		out = append(out, steps[next])
	}
	return out, nil
}

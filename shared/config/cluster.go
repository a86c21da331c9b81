package config

import (
	"strconv"
	"time"
)

// Values of the cluster configuration that code compares with.
const (
	OrchestratorKubernetes  = "kubernetes"
	OrchestratorDockerSwarm = "docker_swarm"
	OrchestratorNomad       = "nomad"
	SecretsKubernetes       = "kubernetes_secrets"
)

// Cluster is the configuration of cluster mode (specification: ClusterConfig).
type Cluster struct {
	Orchestrator string            `json:"orchestrator" enum:"kubernetes,docker_swarm,nomad" doc:"What runs the containers."`
	ControlPlane ControlPlane      `json:"control_plane" doc:"The agents and who may trust them."`
	Services     ClusterServices   `json:"services" doc:"What runs beside the agents."`
	Secrets      ClusterSecrets    `json:"secrets" doc:"Where keys are kept."`
	Networking   ClusterNetworking `json:"networking" doc:"How parts reach each other, and others reach them."`
}

// ControlPlane says how many agents there are, and where.
type ControlPlane struct {
	Agents           int      `json:"agents" min:"1" max:"1000" doc:"Agents in each trust zone."`
	TrustZones       []string `json:"trust_zones" doc:"Names of the zones. The namespace of zone x is kai-x."`
	HighAvailability bool     `json:"high_availability" doc:"Agents of a zone are on different computers, and one can be lost."`
}

// ClusterServices says what runs beside the agents.
type ClusterServices struct {
	NATS            bool     `json:"nats" doc:"NATS, for messages between agents."`
	Envoy           bool     `json:"envoy" doc:"Envoy, the way in."`
	VectorDB        string   `json:"vector_db" doc:"Where knowledge is looked up by meaning, such as qdrant-cloud or qdrant."`
	MonitoringStack []string `json:"monitoring_stack" doc:"What watches the cluster: prometheus, grafana, jaeger, kiali, loki, otel."`
}

// ClusterSecrets says where keys are kept.
type ClusterSecrets struct {
	VaultProvider  string `json:"vault_provider" enum:"aws_kms,hashicorp_vault,kubernetes_secrets" doc:"What keeps the keys."`
	RotateInterval string `json:"rotate_interval" doc:"How long a key is used, such as 7d or 12h."`
}

// ClusterNetworking says how parts reach each other, and others reach them.
type ClusterNetworking struct {
	ServiceMesh       bool   `json:"service_mesh" doc:"Istio encrypts what services say to each other."`
	IngressController string `json:"ingress_controller" doc:"What lets requests in, such as nginx."`
	LoadBalancer      string `json:"load_balancer" doc:"What spreads requests, such as envoy."`
}

// DefaultCluster returns the specified defaults, with the adopted completions.
func DefaultCluster() Cluster {
	return Cluster{
		Orchestrator: OrchestratorKubernetes,
		ControlPlane: ControlPlane{Agents: 3, TrustZones: []string{"public", "internal"}, HighAvailability: true},
		Services:     ClusterServices{NATS: true, Envoy: true, VectorDB: "qdrant-cloud", MonitoringStack: []string{"prometheus", "grafana", "jaeger", "kiali"}},
		Secrets:      ClusterSecrets{VaultProvider: SecretsKubernetes, RotateInterval: "7d"},
		Networking:   ClusterNetworking{ServiceMesh: true, IngressController: "nginx", LoadBalancer: "envoy"},
	}
}

// Check reports what is wrong and what deserves a warning.
func (c Cluster) Check() (problems, warnings []Problem) {
	r := &report{}
	checkTags(c, r)
	checkZones(c.ControlPlane, r)
	checkStack(c, r)
	checkClusterSecrets(c, r)
	for _, n := range []struct{ path, value, example string }{
		{"services.vector_db", c.Services.VectorDB, "qdrant-cloud"},
		{"networking.ingress_controller", c.Networking.IngressController, "nginx"},
		{"networking.load_balancer", c.Networking.LoadBalancer, "envoy"},
	} {
		if !name(n.value, 63) {
			r.wrong(n.path, strconv.Quote(clip(n.value))+" is not a name", "write one of small letters, digits and -, such as "+n.example)
		}
	}
	if c.Networking.LoadBalancer == "envoy" && !c.Services.Envoy {
		r.wrong("networking.load_balancer", "Envoy is to spread requests, and services.envoy is false", "set services.envoy to true, or name another")
	}
	if c.Networking.ServiceMesh && among(c.Orchestrator, OrchestratorDockerSwarm, OrchestratorNomad) {
		r.warn("networking.service_mesh", "Istio needs Kubernetes, so on "+c.Orchestrator+" services talk unencrypted to each other", "set it to false, and keep them on a network of their own")
	}
	return r.problems, r.warnings
}

// checkZones wants zones that can be namespaces, each once, and enough agents to lose one.
func checkZones(c ControlPlane, r *report) {
	const path = "control_plane.trust_zones"
	seen := map[string]bool{}
	if len(c.TrustZones) == 0 {
		r.wrong(path, "there is no zone, so there would be no agent", `name one, such as "internal"`)
	}
	for i, zone := range c.TrustZones {
		switch at := path + index(i); {
		case !name(zone, 59): // a namespace has 63 characters, and kai- before
			r.wrong(at, strconv.Quote(clip(zone))+" can't be part of a namespace", "use up to 59 small letters, digits and -")
		case zone == "system":
			r.wrong(at, "the namespace kai-system is kAI's own", "call the zone something else")
		case seen[zone]:
			r.wrong(at, strconv.Quote(zone)+" stands twice", "keep one of them")
		}
		seen[zone] = true
	}
	if c.HighAvailability && c.Agents < 2 {
		r.wrong("control_plane.agents", "one agent can't be lost and still be there, and high_availability is true", "write 2 or more, or set high_availability to false")
	}
}

// checkStack wants watchers that are known, each once, and what they look at.
func checkStack(c Cluster, r *report) {
	const path = "services.monitoring_stack"
	known := []string{"prometheus", "grafana", "jaeger", "kiali", "loki", "otel"}
	seen := map[string]bool{}
	for i, tool := range c.Services.MonitoringStack {
		at := path + index(i)
		if seen[tool] {
			r.wrong(at, strconv.Quote(clip(tool))+" stands twice", "keep one of them")
		}
		seen[tool] = true
		checkWord(tool, Field{Path: at, Enum: known}, r)
		switch {
		case tool == "kiali" && !c.Networking.ServiceMesh:
			r.warn(at, "Kiali shows a service mesh, and networking.service_mesh is false", "leave it out")
		case tool == "kiali" && !among("prometheus", c.Services.MonitoringStack...):
			r.wrong(at, "Kiali reads from Prometheus, which is not in the list", `add "prometheus", or leave kiali out`)
		}
	}
}

// checkClusterSecrets wants a keeper that the orchestrator has, and a time that is neither constant change nor never.
func checkClusterSecrets(c Cluster, r *report) {
	if c.Secrets.VaultProvider == SecretsKubernetes && among(c.Orchestrator, OrchestratorDockerSwarm, OrchestratorNomad) {
		r.wrong("secrets.vault_provider", "kubernetes_secrets are in Kubernetes, and the orchestrator is "+c.Orchestrator, "write hashicorp_vault or aws_kms")
	}
	const path = "secrets.rotate_interval"
	switch span, ok := ParseSpan(c.Secrets.RotateInterval); {
	case !ok:
		r.wrong(path, strconv.Quote(clip(c.Secrets.RotateInterval))+" is not a length of time", "write a whole number and s, m, h, d or w, such as 7d")
	case span < time.Hour || span > 365*24*time.Hour:
		r.wrong(path, "keys are changed once an hour at most and once a year at least", "write a time from 1h to 365d")
	}
}

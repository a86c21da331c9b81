package config

import (
	"strconv"

	"github.com/kindos/kai/shared/address"
)

// Values of the server configuration that code compares with.
const (
	AuthProviderLocal  = "local"
	AuthProviderOIDC   = "oidc"
	AuthProviderOAuth2 = "oauth2"
	VectorQdrant       = "qdrant"
	VectorChroma       = "chroma"
	VectorPinecone     = "pinecone"
)

// Server is the configuration of server mode (specification: ServerConfig).
type Server struct {
	DBURL            SecretURL  `json:"db_url" doc:"PostgreSQL, where records are kept. With vault:ID the whole address is taken from the vault."`
	CeleryBroker     SecretURL  `json:"celery_broker" doc:"Where tasks wait: Redis."`
	LogRetentionDays int        `json:"log_retention_days" min:"1" max:"3650" doc:"How many days logs are kept."`
	AuthProvider     string     `json:"auth_provider" enum:"oidc,oauth2,local" doc:"Who knows the people: local: this server's own list. oidc, oauth2: a provider, named by OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_REDIRECT_URI."`
	VectorStore      string     `json:"vector_store" enum:"qdrant,chroma,pinecone" doc:"Where knowledge is looked up by meaning."`
	Scaling          Scaling    `json:"scaling" doc:"How many workers there are."`
	Monitoring       Monitoring `json:"monitoring" doc:"What is measured, written down and told."`
}

// Scaling says how many workers there are (specification: ScalingConfig). The load is the greater one of CPU and memory,
// each divided by its target.
type Scaling struct {
	MinWorkers              int     `json:"min_workers" min:"1" max:"1000" doc:"As few workers as there may be."`
	MaxWorkers              int     `json:"max_workers" min:"1" max:"1000" doc:"As many workers as there may be."`
	TargetCPUUtilization    float64 `json:"target_cpu_utilization" min:"1" max:"100" doc:"Percent of the processors that workers should use."`
	TargetMemoryUtilization float64 `json:"target_memory_utilization" min:"1" max:"100" doc:"Percent of the memory that workers should use."`
	ScaleUpThreshold        float64 `json:"scale_up_threshold" min:"1" max:"10" doc:"Workers are added when the load is above this; 1 is right on target."`
	ScaleDownThreshold      float64 `json:"scale_down_threshold" min:"0" max:"1" doc:"Workers are taken away when the load is below this."`
}

// DefaultServer returns the specified defaults, with the adopted completions.
func DefaultServer() Server {
	return Server{
		DBURL:            "postgresql://kai:kai@localhost/kos",
		CeleryBroker:     "redis://localhost:6379/0",
		LogRetentionDays: 30,
		AuthProvider:     AuthProviderLocal,
		VectorStore:      VectorQdrant,
		Scaling: Scaling{
			MinWorkers: 1, MaxWorkers: 4, TargetCPUUtilization: 70, TargetMemoryUtilization: 80,
			ScaleUpThreshold: 1.1, ScaleDownThreshold: 0.5,
		},
		Monitoring: DefaultMonitoring(),
	}
}

// Check reports what is wrong and what deserves a warning.
func (s Server) Check() (problems, warnings []Problem) {
	r := &report{}
	checkTags(s, r)
	checkDatabase(s.DBURL, r)
	if u, ok := networkURL("celery_broker", s.CeleryBroker, "redis://localhost:6379/0", r); ok && !among(u.Scheme, "redis", "rediss") {
		r.wrong("celery_broker", strconv.Quote(clip(u.Scheme))+" is no broker that kai speaks", "write redis:// or, encrypted, rediss://")
	} else if ok && u.Scheme == "redis" && u.User && !local(u.Host) {
		r.warn("celery_broker", "the password goes to "+u.Host+" unencrypted", "write rediss:// if that Redis can do TLS")
	}
	if s.Scaling.MinWorkers > s.Scaling.MaxWorkers {
		r.wrong("scaling.min_workers", "there can't be fewer than "+strconv.Itoa(s.Scaling.MinWorkers)+" and at most "+strconv.Itoa(s.Scaling.MaxWorkers)+" workers",
			"make it at most scaling.max_workers")
	}
	checkMonitoring("monitoring", s.Monitoring, r)
	return r.problems, r.warnings
}

// checkDatabase wants PostgreSQL, and no password that everybody knows on another computer.
func checkDatabase(at SecretURL, r *report) {
	const path, example = "db_url", "postgresql://kai:kai@localhost/kos"
	u, ok := networkURL(path, at, example, r)
	switch {
	case !ok:
	case !among(u.Scheme, "postgres", "postgresql"):
		r.wrong(path, strconv.Quote(clip(u.Scheme))+" is no database that server mode keeps records in", "write an address such as "+example)
	case u.Path == "" || u.Path == "/":
		r.wrong(path, "the address names no database", "put its name at the end, as in "+example)
	case !local(u.Host) && userOf(at) == "kai:kai":
		r.wrong(path, "everybody knows the password kai, and "+u.Host+" is another computer", "give that user a password of its own, and write it here")
	case !local(u.Host) && plaintext(at):
		r.warn(path, "records go to "+u.Host+" unencrypted, because sslmode is disable", "write sslmode=verify-full, or require")
	}
}

// networkURL takes an address apart, or says what is wrong with it. A vault reference is not looked into.
func networkURL(path string, at SecretURL, example string, r *report) (address.URL, bool) {
	if _, ok := at.Reference(); ok {
		return address.URL{}, false
	}
	u, ok := address.Parse(string(at))
	if !ok || u.Host == "" || !validPort(u.Port) {
		r.wrong(path, "this is not an address", "write one such as "+example)
		return address.URL{}, false
	}
	return u, true
}

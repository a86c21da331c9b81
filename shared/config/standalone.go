package config

// Values of the standalone configuration that code compares with.
const (
	DBSQLite       = "sqlite"
	DBDuckDB       = "duckdb"
	CacheMemory    = "memory"
	CacheRedis     = "redis"
	AuthNone       = "none"
	AuthLocalVault = "local_vault"
)

// Standalone is the configuration of standalone mode (specification: StandaloneConfig).
type Standalone struct {
	Storage    Storage    `json:"storage" doc:"Where records are kept."`
	Auth       Auth       `json:"auth" doc:"How people sign in."`
	Services   Services   `json:"services" doc:"Which model services on this computer are used."`
	Features   Features   `json:"features" doc:"Parts that can be switched on."`
	Networking Networking `json:"networking" doc:"Where the web app and the API are served."`
}

// Storage says where records are kept.
type Storage struct {
	DB    string `json:"db" enum:"sqlite,duckdb" doc:"The database engine."`
	Files string `json:"files" doc:"Folder of the database and files. A relative path is inside the data directory."`
	Cache string `json:"cache" enum:"memory,redis" doc:"Where short-lived results are kept."`
}

// Auth says how people sign in.
type Auth struct {
	Mode      string `json:"mode" enum:"none,local_vault" doc:"none: this computer's user, by token. local_vault: the vault's password."`
	VaultPath string `json:"vaultPath,omitempty" doc:"The vault's file. A relative path is inside the data directory."`
}

// Services says which model services are used.
type Services struct {
	Ollama  bool `json:"ollama" doc:"Ollama, at http://localhost:11434."`
	ComfyUI bool `json:"comfyui" doc:"ComfyUI, at http://localhost:8188."`
	Chroma  bool `json:"chroma" doc:"Chroma, at http://localhost:8000."`
	A1111   bool `json:"a1111,omitempty" doc:"Stable Diffusion web UI, at http://localhost:7860."`
}

// Features are parts that can be switched on.
type Features struct {
	AutoUpdate bool `json:"auto_update" doc:"Replace this program by newer signed releases."`
	Telemetry  bool `json:"telemetry" doc:"Send counters of use. No personal data, and nothing without an endpoint."`
	Federation bool `json:"federation" doc:"Exchange work with other kOS nodes."`
}

// Networking says where the web app and the API are served.
type Networking struct {
	Port        int    `json:"port" min:"0" max:"65535" doc:"TCP port of the web app and the API. 0 takes any free port."`
	BindAddress string `json:"bindAddress" doc:"Address to listen on. Anything but this computer itself needs auth.mode local_vault."`
	CORS        Cors   `json:"cors" doc:"Which web origins may call the API."`
}

// Cors says which web origins may call the API (adopted definition of CorsConfig).
type Cors struct {
	Enabled     bool     `json:"enabled" doc:"False: no other origin may call, not even the extension."`
	Origins     []string `json:"origins" doc:"Exact origins such as https://example.org. localhost is this kai's own web app; * is every origin."`
	Methods     []string `json:"methods" doc:"HTTP methods that other origins may use."`
	Headers     []string `json:"headers" doc:"Request headers that other origins may send."`
	Credentials bool     `json:"credentials" doc:"Other origins may use the web app's cookie. Never together with *."`
}

// DefaultStandalone returns the specified defaults; extension names the origins of our own browser extension.
func DefaultStandalone(extension ...string) Standalone {
	return Standalone{
		Storage:  Storage{DB: DBSQLite, Files: "./data/", Cache: CacheMemory},
		Auth:     Auth{Mode: AuthNone},
		Services: Services{Ollama: true, Chroma: true},
		Networking: Networking{
			Port:        8080,
			BindAddress: "127.0.0.1",
			CORS: Cors{
				Enabled: true,
				Origins: append(append([]string{}, extension...), "localhost"),
				Methods: []string{"GET", "POST", "PUT", "DELETE"},
				Headers: []string{"Authorization", "Content-Type"},
			},
		},
	}
}

// Check reports what is wrong and what deserves a warning.
func (s Standalone) Check() (problems, warnings []Problem) {
	r := &report{}
	checkTags(s, r)
	checkStorage(s, r)
	checkNetwork(s, r)
	checkCors(s.Networking.CORS, r)
	return r.problems, r.warnings
}

// checkStorage wants a folder.
func checkStorage(s Standalone, r *report) {
	if s.Storage.Files == "" {
		r.wrong("storage.files", "the folder is empty", `write a folder, such as "./data/"`)
	}
}

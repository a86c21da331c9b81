package config

import (
	"strconv"
	"strings"

	"github.com/kindos/kai/shared/mode"
)

// Where browser mode keeps records.
const (
	DataIndexedDB     = "indexeddb"
	DataChromeStorage = "chrome_storage"
)

// Browser is the configuration of browser mode (specification: BrowserConfig).
type Browser struct {
	Mode          string       `json:"mode" enum:"browser" doc:"The deployment mode this configuration is for."`
	DataStore     string       `json:"data_store" enum:"indexeddb,chrome_storage" doc:"Where records are kept in the browser."`
	SyncWithKOS   bool         `json:"sync_with_kOS" doc:"Exchange records with a kOS node through the companion."`
	LocalServices []string     `json:"local_services" doc:"Kinds of model servers to look for on this computer."`
	Telemetry     bool         `json:"telemetry" doc:"Send counters of use. No personal data, and nothing without an endpoint."`
	UIMode        string       `json:"ui_mode" enum:"popup,sidepanel,tab,all" doc:"Which views the extension offers."`
	Permissions   []Permission `json:"permissions" doc:"Browser permissions that the extension uses, each with its reason."`
}

// Permission is a browser permission with the reason a person is told (specification: BrowserPermission).
type Permission struct {
	Permission string `json:"permission" doc:"The permission's name in the extension manifest."`
	Required   bool   `json:"required" doc:"False: the extension works without it, with less."`
	Reason     string `json:"reason" doc:"One sentence that tells a person why."`
}

// DefaultBrowser returns the specified defaults.
func DefaultBrowser() Browser {
	return Browser{
		Mode:          string(mode.Browser),
		DataStore:     DataIndexedDB,
		LocalServices: []string{"ollama"},
		UIMode:        "all",
		Permissions: []Permission{
			{"storage", true, "Keeps your conversations and settings on this computer."},
			{"sidePanel", true, "Shows the assistant beside the page you are reading."},
			{"nativeMessaging", false, "Talks to the kai program on this computer, so that answers survive closing the browser."},
		},
	}
}

// Contexts lists the views that exist: all three for "all", else the one (specification: initializeUIContexts).
func (b Browser) Contexts() []string {
	if b.UIMode == "all" {
		return []string{"popup", "sidepanel", "tab"}
	}
	return []string{b.UIMode}
}

// Check reports what is wrong and what deserves a warning.
func (b Browser) Check() (problems, warnings []Problem) {
	r := &report{}
	checkTags(b, r)
	checkServices(b.LocalServices, r)
	checkPermissions(b.Permissions, r)
	if b.Telemetry {
		r.warn("telemetry", "telemetry is not in this version, so nothing is counted and nothing is sent", "set it to false")
	}
	return r.problems, r.warnings
}

// checkServices wants names of connectors, each once.
func checkServices(names []string, r *report) {
	seen := map[string]bool{}
	for i, name := range names {
		path := "local_services" + index(i)
		switch {
		case name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "":
			r.wrong(path, strconv.Quote(clip(name))+" is not the name of a service kind", `write a name such as "ollama" or "openai"`)
		case seen[name]:
			r.wrong(path, strconv.Quote(name)+" stands twice", "keep one of them")
		}
		seen[name] = true
	}
}

// checkPermissions wants a name and a reason, each permission once, and the ones without which nothing works.
func checkPermissions(permissions []Permission, r *report) {
	seen := map[string]bool{}
	for i, p := range permissions {
		path := "permissions" + index(i)
		if p.Permission == "" {
			r.wrong(path+".permission", "the permission has no name", `write one such as "storage"`)
		}
		if strings.TrimSpace(p.Reason) == "" {
			r.wrong(path+".reason", "the permission has no reason", "tell a person in one sentence why it is needed")
		}
		if p.Permission != "" && seen[p.Permission] {
			r.wrong(path+".permission", strconv.Quote(p.Permission)+" stands twice", "keep one of them")
		}
		seen[p.Permission] = true
	}
	if !seen["storage"] {
		r.wrong("permissions", `"storage" is missing`, "add it: without it the extension can keep nothing")
	}
}

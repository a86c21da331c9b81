// Package mode names the deployment modes of kAI and what each is for.
//
// A leaf that everything may import. Imports the standard library and shared/fault only.
package mode

import (
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// Mode is a way to deploy kAI.
type Mode string

// The modes of the specification.
const (
	Standalone Mode = "standalone"
	Browser    Mode = "browser"
	Embedded   Mode = "embedded"
	Server     Mode = "server"
	Cluster    Mode = "cluster"
)

// Info describes a mode to people, in the specification's words.
type Info struct {
	Mode       Mode   `json:"mode"`
	About      string `json:"about"`
	Use        string `json:"use"`
	Complexity string `json:"complexity"`
}

// All lists the modes in the specification's order.
func All() []Info {
	return []Info{
		{Standalone, "Full system on one local device", "Personal usage, developer workstation", "low"},
		{Browser, "Browser extension + IndexedDB backend", "End-user assistant, PWA mode", "low"},
		{Embedded, "On-device (e.g., wearable, IoT, robot)", "kOS runtime on custom hardware", "medium"},
		{Server, "Backend server + remote clients", "Team or home network environments", "medium"},
		{Cluster, "Distributed multi-agent with autoscaling + API mesh", "Org-wide deployments, research labs", "high"},
	}
}

// Parse reads a mode's name. An unknown one answers fault.Invalid with the names there are.
func Parse(name string) (Mode, error) {
	names := make([]string, 0, len(All()))
	for _, info := range All() {
		if string(info.Mode) == name {
			return info.Mode, nil
		}
		names = append(names, string(info.Mode))
	}
	return "", fault.New(fault.Invalid, "%q is not a mode", name).WithRemedy("write one of %s", strings.Join(names, ", "))
}

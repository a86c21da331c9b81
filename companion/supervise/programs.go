package supervise

import (
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// Program is a model server that may be installed on this computer. All that is run stands in this table: nothing that a
// page, a model or a caller of the API says becomes a part of a command.
type Program struct {
	Name   string   // of the step that watches it: ollama, chroma, comfyui, a1111
	Title  string   // for people
	Find   []string // names looked up in PATH, and the usual places; none: it has no one command
	Get    string   // where it is had, as a remedy
	ByHand string   // how it is started by hand, where it has no one command

	// Line is what is run: arguments, and variables besides those of kai, for the address and a folder of its own.
	Line func(at Address, folder string) (args, env []string)
}

// Address is where a program is to listen: an IP address of loopback, and a port.
type Address struct{ Host, Port string }

// Programs are the services of standalone mode.
func Programs() []Program {
	return []Program{
		{
			Name: "ollama", Title: "Ollama", Get: "install it from https://ollama.com/download",
			Find: []string{
				"ollama", "/usr/local/bin/ollama", "/opt/homebrew/bin/ollama", "/Applications/Ollama.app/Contents/Resources/ollama",
				filepath.Join(os.Getenv("LOCALAPPDATA"), "Programs", "Ollama", "ollama.exe"),
			},
			Line: func(at Address, _ string) ([]string, []string) {
				return []string{"serve"}, []string{"OLLAMA_HOST=" + net.JoinHostPort(at.Host, at.Port)}
			},
		},
		{
			Name: "chroma", Title: "Chroma", Get: "install it with pip install chromadb (https://docs.trychroma.com)", Find: []string{"chroma"},
			Line: func(at Address, folder string) ([]string, []string) {
				return []string{"run", "--host", at.Host, "--port", at.Port, "--path", folder}, nil
			},
		},
		{Name: "comfyui", Title: "ComfyUI", ByHand: "run python main.py in its folder"},
		{Name: "a1111", Title: "The Stable Diffusion web UI", ByHand: "run ./webui.sh --api in its folder (webui-user.bat with --api on Windows)"},
	}
}

// Known answers fault.NotFound for a name that is not in the table.
func Known(name string) error {
	_, err := named(Programs(), name)
	return err
}

// named finds a row of a table.
func named(table []Program, name string) (Program, error) {
	at := slices.IndexFunc(table, func(p Program) bool { return p.Name == name })
	if at >= 0 {
		return table[at], nil
	}
	var names []string
	for _, p := range table {
		names = append(names, p.Name)
	}
	return Program{}, fault.New(fault.NotFound, "there is no service %q", name).WithRemedy("write one of %s", strings.Join(names, ", "))
}

// find looks the program up; fault.NotFound when it is not installed, fault.Unsupported when it has no one command.
func (p Program) find() (string, error) {
	if len(p.Find) == 0 {
		return "", fault.New(fault.Unsupported, "%s has no one command that kai could run", p.Title).WithRemedy("start it by hand: %s", p.ByHand)
	}
	for _, name := range p.Find {
		if path, err := exec.LookPath(name); err == nil && filepath.IsAbs(path) {
			return path, nil
		}
	}
	return "", fault.New(fault.NotFound, "%s is not installed on this computer, or not in PATH", p.Title).WithRemedy("%s", p.Get)
}

// listenAt reads the address that kai watches: plain HTTP on loopback, else fault.Unsupported.
func listenAt(address string) (Address, error) {
	refused := fault.New(fault.Unsupported, "kai starts services for this computer only, not at %s", address).WithRemedy("start it there by hand")
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Port() == "" {
		return Address{}, refused
	}
	host := u.Hostname()
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return Address{}, refused
	}
	return Address{Host: host, Port: u.Port()}, nil
}

// environment is kai's own without what is meant for kai, which may be secret, and with what the program needs.
func environment(own []string, more []string) []string {
	out := slices.DeleteFunc(slices.Clone(own), func(v string) bool { return strings.HasPrefix(v, "KAI_") })
	return append(out, more...) // the last of a name counts
}

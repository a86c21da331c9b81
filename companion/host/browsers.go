package host

import (
	"path/filepath"

	"github.com/kindos/kai/shared/fault"
)

// Family is how a browser wants its host manifest.
type Family string

// The two families: they differ in the field that names who may call.
const (
	Chromium Family = "chromium"
	Gecko    Family = "gecko"
)

// Browser is a browser that can start hosts. Profile is the folder whose existence shows that the person uses it, Hosts where
// its manifests lie; both are relative to the home folder.
type Browser struct {
	ID, Name       string
	Family         Family
	Profile, Hosts string
}

// Browsers lists the browsers of an operating system (a GOOS). Windows keeps manifests in the registry, which this version
// does not write.
func Browsers(goos string) ([]Browser, error) {
	switch goos {
	case "linux":
		return linuxBrowsers(), nil
	case "darwin":
		return darwinBrowsers(), nil
	default:
		return nil, fault.New(fault.Unsupported, "this version cannot tell browsers on %s about kai", goos).
			WithRemedy("use the web app: kai open")
	}
}

func linuxBrowsers() []Browser {
	return append(chromiums(".config", map[string]string{
		"chrome": "google-chrome", "chromium": "chromium", "edge": "microsoft-edge", "brave": "BraveSoftware/Brave-Browser", "vivaldi": "vivaldi",
	}), Browser{"firefox", "Firefox", Gecko, ".mozilla", ".mozilla/native-messaging-hosts"},
		Browser{"librewolf", "LibreWolf", Gecko, ".librewolf", ".librewolf/native-messaging-hosts"})
}

func darwinBrowsers() []Browser {
	const support = "Library/Application Support"
	return append(chromiums(support, map[string]string{
		"chrome": "Google/Chrome", "chromium": "Chromium", "edge": "Microsoft Edge", "brave": "BraveSoftware/Brave-Browser", "vivaldi": "Vivaldi",
	}), Browser{"firefox", "Firefox", Gecko, support + "/Firefox", support + "/Mozilla/NativeMessagingHosts"},
		Browser{"librewolf", "LibreWolf", Gecko, support + "/LibreWolf", support + "/LibreWolf/NativeMessagingHosts"})
}

func chromiums(base string, folders map[string]string) []Browser {
	names := []struct{ id, name string }{
		{"chrome", "Google Chrome"}, {"chromium", "Chromium"}, {"edge", "Microsoft Edge"}, {"brave", "Brave"}, {"vivaldi", "Vivaldi"},
	}
	var all []Browser
	for _, n := range names {
		profile := filepath.ToSlash(filepath.Join(base, folders[n.id]))
		all = append(all, Browser{n.id, n.name, Chromium, profile, profile + "/NativeMessagingHosts"})
	}
	return all
}

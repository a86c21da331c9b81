package host

import (
	"github.com/kindos/kai/shared/fault"
)

// Family is how a browser wants its host manifest.
type Family string

// The two families: they differ in the field that names who may call.
const (
	Chromium Family = "chromium"
	Gecko    Family = "gecko"
)

// Browser is a browser that can start hosts. Profiles are folders whose existence shows that the person uses it, Hosts is
// where its manifests lie; both are relative to the home folder. On Windows the browser finds its manifest by Registry, a
// key of the current user. System lists the folders of all users: kai does not write there, it only looks. Snap and Flatpak
// are the names of the browser's sandboxed editions, which cannot start programs of the computer.
type Browser struct {
	ID, Name string
	Family   Family
	Profiles []string
	Hosts    string
	Registry string
	System   []string
	Snap     string
	Flatpak  string
}

// Browsers lists the browsers of an operating system (a GOOS).
func Browsers(goos string) ([]Browser, error) {
	switch goos {
	case "linux":
		return linuxBrowsers(), nil
	case "darwin":
		return darwinBrowsers(), nil
	case "windows":
		return windowsBrowsers(), nil
	default:
		return nil, fault.New(fault.Unsupported, "this version cannot tell browsers on %s about kai", goos).
			WithRemedy("use the web app: kai open")
	}
}

func linuxBrowsers() []Browser {
	const chromium = "/etc/chromium/native-messaging-hosts" // of every build that is not branded otherwise
	mozilla := []string{"/usr/lib/mozilla/native-messaging-hosts", "/usr/lib64/mozilla/native-messaging-hosts"}
	return []Browser{
		linuxChromium("chrome", "Google Chrome", "google-chrome", "/etc/opt/chrome/native-messaging-hosts", "", "com.google.Chrome"),
		linuxChromium("chromium", "Chromium", "chromium", chromium, "chromium", "org.chromium.Chromium"),
		linuxChromium("edge", "Microsoft Edge", "microsoft-edge", "/etc/opt/edge/native-messaging-hosts", "", "com.microsoft.Edge"),
		linuxChromium("brave", "Brave", "BraveSoftware/Brave-Browser", chromium, "brave", "com.brave.Browser"),
		linuxChromium("vivaldi", "Vivaldi", "vivaldi", chromium, "vivaldi", "com.vivaldi.Vivaldi"),
		{
			ID: "firefox", Name: "Firefox", Family: Gecko, Profiles: []string{".mozilla/firefox", ".config/mozilla/firefox"},
			Hosts: ".mozilla/native-messaging-hosts", System: mozilla, Snap: "firefox", Flatpak: "org.mozilla.firefox",
		},
		{
			ID: "librewolf", Name: "LibreWolf", Family: Gecko, Profiles: []string{".librewolf"},
			Hosts: ".librewolf/native-messaging-hosts", System: []string{"/usr/lib/librewolf/native-messaging-hosts"},
			Flatpak: "io.gitlab.librewolf-community",
		},
	}
}

func linuxChromium(id, name, folder, system, snap, flatpak string) Browser {
	profile := ".config/" + folder
	return Browser{
		ID: id, Name: name, Family: Chromium, Profiles: []string{profile}, Hosts: profile + "/NativeMessagingHosts",
		System: []string{system}, Snap: snap, Flatpak: flatpak,
	}
}

func darwinBrowsers() []Browser {
	const support, chromium = "Library/Application Support/", "/Library/Application Support/Chromium/NativeMessagingHosts"
	darwinChromium := func(id, name, folder, system string) Browser {
		return Browser{
			ID: id, Name: name, Family: Chromium, Profiles: []string{support + folder},
			Hosts: support + folder + "/NativeMessagingHosts", System: []string{system},
		}
	}
	return []Browser{
		darwinChromium("chrome", "Google Chrome", "Google/Chrome", "/Library/Google/Chrome/NativeMessagingHosts"),
		darwinChromium("chromium", "Chromium", "Chromium", chromium),
		darwinChromium("edge", "Microsoft Edge", "Microsoft Edge", "/Library/Microsoft/Edge/NativeMessagingHosts"),
		darwinChromium("brave", "Brave", "BraveSoftware/Brave-Browser", chromium),
		darwinChromium("vivaldi", "Vivaldi", "Vivaldi", chromium),
		{
			ID: "firefox", Name: "Firefox", Family: Gecko, Profiles: []string{support + "Firefox"},
			Hosts: support + "Mozilla/NativeMessagingHosts", System: []string{"/Library/Application Support/Mozilla/NativeMessagingHosts"},
		},
		{
			ID: "librewolf", Name: "LibreWolf", Family: Gecko, Profiles: []string{support + "LibreWolf"},
			Hosts: support + "LibreWolf/NativeMessagingHosts",
		},
	}
}

// windowsBrowsers keep all manifests in one folder of kai's per family, since the registry says where they are. Brave and
// Vivaldi read Chrome's key, LibreWolf Firefox's.
func windowsBrowsers() []Browser {
	const chromiumHosts, geckoHosts = "AppData/Local/kAI/native/chromium", "AppData/Local/kAI/native/gecko"
	const chrome, mozilla = `Software\Google\Chrome\NativeMessagingHosts`, `Software\Mozilla\NativeMessagingHosts`
	windowsBrowser := func(id, name string, family Family, profile, hosts, key string) Browser {
		return Browser{ID: id, Name: name, Family: family, Profiles: []string{"AppData/" + profile}, Hosts: hosts, Registry: key}
	}
	return []Browser{
		windowsBrowser("chrome", "Google Chrome", Chromium, "Local/Google/Chrome/User Data", chromiumHosts, chrome),
		windowsBrowser("chromium", "Chromium", Chromium, "Local/Chromium/User Data", chromiumHosts, `Software\Chromium\NativeMessagingHosts`),
		windowsBrowser("edge", "Microsoft Edge", Chromium, "Local/Microsoft/Edge/User Data", chromiumHosts, `Software\Microsoft\Edge\NativeMessagingHosts`),
		windowsBrowser("brave", "Brave", Chromium, "Local/BraveSoftware/Brave-Browser/User Data", chromiumHosts, chrome),
		windowsBrowser("vivaldi", "Vivaldi", Chromium, "Local/Vivaldi/User Data", chromiumHosts, chrome),
		windowsBrowser("firefox", "Firefox", Gecko, "Roaming/Mozilla/Firefox", geckoHosts, mozilla),
		windowsBrowser("librewolf", "LibreWolf", Gecko, "Roaming/librewolf", geckoHosts, mozilla),
	}
}

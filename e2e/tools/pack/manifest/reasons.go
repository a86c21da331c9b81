package manifest

// Reasons tells why each permission is asked for. A permission without a reason here fails the tests.
func Reasons() map[string]string {
	return map[string]string{
		"activeTab":    "reads the page at hand when the person asks about it, and no other page",
		"contextMenus": "asks about a page or a selection from its menu; opens popup and tab from the button's menu",
		"declarativeNetRequestWithHostAccess": "takes the Origin header off the extension's own requests to model servers on this " +
			"computer, which refuse it; without a warning at installation, unlike declarativeNetRequest",
		"nativeMessaging": "finds the companion without a click; nothing happens when it isn't installed. An optional permission " +
			"would ask a person for a thing they can't judge before they have it",
		"offscreen":        "Chromium: the runtime lives in an offscreen document, because a service worker is stopped after 30 s",
		"scripting":        "takes the text of the page that activeTab opened",
		"sidePanel":        "Chromium: shows the assistant beside the page",
		"storage":          "configuration, and records where data_store is chrome_storage",
		"tabs":             "asked for where open tabs are listed: shows kAI their titles and addresses, so that the person can choose among them",
		"unlimitedStorage": "conversations are not evicted when the disk runs low",
	}
}

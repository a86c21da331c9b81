package runtime

import (
	"bytes"
	"encoding/json"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// ParseConfig reads the BrowserConfig that the host found, as JSON, over the specified defaults. "" is no configuration.
// A wrong one is refused as a whole; the defaults then stand, because a browser without an assistant helps nobody.
//
// The companion's config.Resolve would also give lines and columns, which mean nothing in a browser's settings, and
// 30 KB of compressed program.
func ParseConfig(text string) (config.Browser, []config.Problem, error) {
	defaults := config.DefaultBrowser()
	if text == "" {
		return defaults, nil, nil
	}
	read := defaults
	read.LocalServices, read.Permissions = nil, nil // lists are replaced, not laid over each other
	strict := json.NewDecoder(bytes.NewReader([]byte(text)))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&read); err != nil {
		return defaults, nil, fault.New(fault.Invalid, "the configuration does not fit: %w", err)
	}
	if read.LocalServices == nil {
		read.LocalServices = defaults.LocalServices
	}
	if read.Permissions == nil {
		read.Permissions = defaults.Permissions
	}
	problems, warnings := read.Check()
	if len(problems) > 0 {
		return defaults, nil, fault.New(fault.Invalid, "the configuration is wrong: %s", problems[0].Path+": "+problems[0].Message).
			WithRemedy("%s", problems[0].Remedy)
	}
	return read, warnings, nil
}

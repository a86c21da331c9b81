package runtime

import (
	"github.com/kindos/kai/shared/config"
)

// ParseConfig reads the BrowserConfig that the host found, as JSON, over the specified defaults. "" is no configuration.
// A wrong one is refused as a whole; the defaults then stand, because a browser without an assistant helps nobody.
func ParseConfig(text string) (config.Browser, []config.Problem, error) {
	var sources []config.Source
	if text != "" {
		root, err := config.ParseJSON("kai-config", []byte(text))
		if err != nil {
			return config.DefaultBrowser(), nil, err
		}
		sources = append(sources, config.Source{Layer: config.LayerFile, Root: root})
	}
	resolved, err := config.Resolve(config.DefaultBrowser(), sources...)
	if err != nil {
		return config.DefaultBrowser(), nil, err
	}
	return resolved.Config, resolved.Warnings, nil
}

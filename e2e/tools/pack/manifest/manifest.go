// Package manifest reads the extension's manifest.json: the one place that fixes the version, the id and what the
// extension may do. The build lays an overlay over it for each browser. Imports the standard library only.
package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// NativeName is the name under which browsers know the companion.
const NativeName = "org.kindos.kai"

// Manifest is a manifest as JSON.
type Manifest map[string]any

// Load reads manifest.json of the checkout, or of the packed extension, at root.
func Load(root string) (Manifest, error) { return read(filepath.Join(root, "manifest.json")) }

// For is the manifest for a browser, "chrome" or "firefox": the one of root under that browser's overlay.
func For(root, browser string) (Manifest, error) {
	base, err := Load(root)
	if err != nil {
		return nil, err
	}
	over, err := read(filepath.Join(root, "extension", "overlays", browser+".json"))
	if err != nil {
		return nil, err
	}
	return merge(base, over), nil
}

func read(path string) (Manifest, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s is not JSON: %w", path, err)
	}
	return m, nil
}

// merge is the merge patch of RFC 7396: null takes a key away, objects merge, everything else replaces.
func merge(base, over map[string]any) map[string]any {
	out := make(map[string]any, len(base)+len(over))
	for k, v := range base {
		out[k] = v
	}
	for k, v := range over {
		deeper, isObject := v.(map[string]any)
		below, _ := out[k].(map[string]any)
		switch {
		case v == nil:
			delete(out, k)
		case isObject:
			out[k] = merge(below, deeper)
		default:
			out[k] = v
		}
	}
	return out
}

// JSON writes the manifest; equal manifests give equal bytes.
func (m Manifest) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("writing the manifest: %w", err)
	}
	return b.Bytes(), nil
}

// Version is the product's version; it is written nowhere else.
func (m Manifest) Version() string {
	v, _ := m["version"].(string)
	return v
}

// ChromiumID is the id that Chromium derives from the public key.
func (m Manifest) ChromiumID() (string, error) {
	key, _ := m["key"].(string)
	der, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(der) == 0 {
		return "", fmt.Errorf("the manifest's key is not base64: %q", key)
	}
	return ChromiumIDOf(der), nil
}

// ChromiumIDOf is the id that Chromium gives an extension by its public key or, where it has none, by its folder's path: the
// first half of the SHA-256, in letters a to p.
func ChromiumIDOf(seed []byte) string {
	sum := sha256.Sum256(seed)
	id := make([]byte, 0, 32)
	for _, b := range sum[:16] {
		id = append(id, 'a'+b>>4, 'a'+b&15)
	}
	return string(id)
}

// GeckoID is the id in Firefox.
func (m Manifest) GeckoID() string {
	settings, _ := m["browser_specific_settings"].(map[string]any)
	gecko, _ := settings["gecko"].(map[string]any)
	id, _ := gecko["id"].(string)
	return id
}

// Permissions lists the permissions that are asked for at installation, and those that are asked for when they are first needed.
func (m Manifest) Permissions() []string {
	var names []string
	for _, when := range []string{"permissions", "optional_permissions"} {
		list, _ := m[when].([]any)
		for _, p := range list {
			name, _ := p.(string)
			names = append(names, name)
		}
	}
	return names
}

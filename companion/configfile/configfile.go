// Package configfile reads configuration files into the nodes of shared/config, with the line and column of every value.
//
// The format follows from the file's name: .yaml, .yml or .json. Imports shared/config, shared/fault and goccy/go-yaml.
package configfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// Extensions lists the file endings that can be read, in the order in which Find looks.
func Extensions() []string { return []string{".yaml", ".yml", ".json"} }

// Load reads a file. A file that is missing, too large or not in its format answers fault.Invalid or fault.NotFound
// with the place of the mistake.
func Load(path string) (config.Source, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return config.Source{}, fault.New(fault.NotFound, "there is no configuration file %s", path).WithRemedy("check the name, or leave --config out to use the defaults")
	}
	if err != nil {
		return config.Source{}, unreadable(path, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(file, config.MaxBytes+1))
	if err != nil {
		return config.Source{}, unreadable(path, err)
	}
	root, err := Parse(path, text)
	return config.Source{Layer: config.LayerFile, Root: root}, err
}

// Parse reads text in the format that the name's ending says.
func Parse(name string, text []byte) (*config.Node, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		return config.ParseJSON(name, text)
	case ".yaml", ".yml":
		return parseYAML(name, text)
	default:
		return nil, fault.New(fault.Invalid, "%s is in no format that kai reads", name).WithRemedy("name it %s", strings.Join(Extensions(), ", "))
	}
}

// Find looks for base with one of the known endings; "" when there is none. Two of them are refused, because only one
// could hold.
func Find(base string) (string, error) {
	var found []string
	for _, ext := range Extensions() {
		if _, err := os.Stat(base + ext); err == nil {
			found = append(found, base+ext)
		}
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	default:
		return "", fault.New(fault.Invalid, "there are several configuration files: %s", strings.Join(found, ", ")).WithRemedy("keep one of them, or name it with --config FILE")
	}
}

// unreadable says that a file can't be read.
func unreadable(path string, err error) error {
	return fault.New(fault.Invalid, "the configuration file %s can't be read: %w", path, err).WithRemedy("check that it is a file that you may read")
}

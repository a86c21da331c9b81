// Package configfile reads configuration files into the nodes of shared/config, with the line and column of every value.
//
// The format follows from the file's name: .yaml, .yml, .json, .toml or .ini. Imports shared/config, shared/fault,
// goccy/go-yaml and pelletier/go-toml.
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
func Extensions() []string { return []string{".yaml", ".yml", ".json", ".toml", ".ini"} }

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
	case ".toml":
		return parseTOML(name, text)
	case ".ini":
		return parseINI(name, text)
	default:
		return nil, fault.New(fault.Invalid, "%s is in no format that kai reads", name).WithRemedy("name it %s", strings.Join(Extensions(), ", "))
	}
}

// tooMuch is what no honest configuration does.
const tooMuch = "too deep or too many values for a configuration"

// bounded refuses what is too large, or so deeply nested that a parser could run out of stack.
func bounded(name string, text []byte) error {
	const deepest = 1000 // brackets in texts count too, so it is far above MaxDepth
	if len(text) > config.MaxBytes {
		return refused(at(name, 0, 0), "the file is larger than 1 MiB")
	}
	depth := 0
	for _, c := range text {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		}
		if depth > deepest {
			return refused(at(name, 0, 0), tooMuch)
		}
	}
	return nil
}

// at is a place in a file.
func at(name string, line, column int) config.Origin {
	return config.Origin{Layer: config.LayerFile, Source: name, Line: line, Column: column}
}

// refused is the fault for a file that can't be used, with one problem.
func refused(place config.Origin, message string) error {
	problem := config.Problem{Message: message, Remedy: "mend the text there", Origin: place}
	return fault.Wrap(fault.Invalid, config.Problems{problem}, "the configuration file has a mistake")
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

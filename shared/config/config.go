// Package config holds the configuration of each mode: its struct, its defaults, how sources are merged, and its rules.
//
// Sources are laid over each other: defaults, then a file, then the environment, then flags. Objects merge deep, arrays
// are replaced. Every mistake is reported at once, each with its path, its place in the source and a remedy. Pure: it
// opens no file and reads no environment; callers hand in what they read. Imports shared/mode, shared/fault and the
// standard library, and stays small because the browser runtime carries it.
package config

import (
	"slices"
	"strconv"

	"github.com/kindos/kai/shared/fault"
)

// Limits on a source from outside.
const (
	MaxBytes  = 1 << 20 // of one file
	MaxDepth  = 32      // of nesting
	MaxValues = 10_000  // of values, keys not counted
)

// Layer is the kind of source that a value came from. Later ones win.
type Layer string

// The layers, lowest first.
const (
	LayerDefault Layer = "default"
	LayerFile    Layer = "file"
	LayerEnv     Layer = "env"
	LayerFlag    Layer = "flag"
)

// Origin is where a value was written. Source is a file's name, an environment variable or a flag; Line and Column count
// from 1 and are 0 where they mean nothing.
type Origin struct {
	Layer  Layer  `json:"layer"`
	Source string `json:"source,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String reads "default", "kai.yaml:3:9" or "KAI_NETWORKING_PORT".
func (o Origin) String() string {
	if o.Source == "" {
		return string(o.Layer)
	}
	if o.Line == 0 {
		return o.Source
	}
	return o.Source + ":" + strconv.Itoa(o.Line) + ":" + strconv.Itoa(o.Column)
}

// Source is one layer's values, parsed.
type Source struct {
	Layer Layer
	Root  *Node
}

// Resolved is a configuration that passed every rule, what is allowed but deserves a warning, and how it came about.
type Resolved[C any] struct {
	Config   C
	Warnings []Problem
	Trace    Trace
}

// Checked is what every mode's configuration can do: report its own problems and warnings.
type Checked interface {
	Check() (problems, warnings []Problem)
}

// Resolve lays the sources over def, in order, and validates the result, also when there is no source at all.
// The error is fault.Invalid and carries Problems.
func Resolve[C Checked](def C, sources ...Source) (Resolved[C], error) {
	out := Resolved[C]{Config: def}
	out.Trace = newTrace(def, sources)
	problems, typed := out.Trace.shape()
	var blank C
	out.Config = blank
	decode(out.Trace.merged, &out.Config)
	broken, warnings := out.Config.Check()
	out.Trace.place(broken)
	if !typed { // what the default of a value that can't be read breaks is no mistake of the person
		broken = slices.DeleteFunc(broken, func(p Problem) bool { return p.Origin.Layer == "" || p.Origin.Layer == LayerDefault })
	}
	out.Warnings, problems = warnings, append(problems, broken...)
	out.Trace.place(problems)
	out.Trace.place(out.Warnings)
	if len(problems) > 0 {
		return out, problems.fault()
	}
	return out, nil
}

// Validate checks a configuration that was made in code.
func Validate(c Checked) error {
	if problems, _ := c.Check(); len(problems) > 0 {
		return Problems(problems).fault()
	}
	return nil
}

// fault gives all problems one code; errors.As finds the Problems again.
func (p Problems) fault() error {
	what := "the configuration has a mistake"
	if len(p) > 1 {
		what = "the configuration has " + strconv.Itoa(len(p)) + " mistakes"
	}
	return fault.Wrap(fault.Invalid, p, what).WithField(p[0].Path).WithRemedy("%s", p[0].Remedy)
}

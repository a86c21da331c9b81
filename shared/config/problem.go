package config

import "strings"

// Problem is one mistake, or one warning: which key, what is wrong, what to write instead, and where it stands.
type Problem struct {
	Path    string `json:"path"`
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
	Origin  Origin `json:"origin"`
}

// String reads "kai.yaml:3:9: networking.port: message; remedy".
func (p Problem) String() string {
	var b strings.Builder
	if p.Origin.Source != "" {
		b.WriteString(p.Origin.String() + ": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Problems are all mistakes of a configuration, in the order of the source.
type Problems []Problem

// Error lists every problem on its own line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// report collects problems and warnings while a configuration is checked.
type report struct {
	problems []Problem
	warnings []Problem
}

// wrong adds a mistake.
func (r *report) wrong(path, message, remedy string) {
	r.problems = append(r.problems, Problem{Path: path, Message: message, Remedy: remedy})
}

// warn adds a warning.
func (r *report) warn(path, message, remedy string) {
	r.warnings = append(r.warnings, Problem{Path: path, Message: message, Remedy: remedy})
}

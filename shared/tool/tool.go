// Package tool says what a tool is that a model may call, and what has become of a call.
//
// Models name tools and write arguments; both are text that nobody vouches for. Check and Cut hold it within bounds before a
// person reads it or a tool gets it. Imports shared/fault and the standard library.
package tool

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/kindos/kai/shared/fault"
)

// Bounds of what tools and models say.
const (
	MaxName        = 64       // services take no more
	MaxDescription = 1 << 10  // goes to the model with every question
	MaxSchema      = 16 << 10 // so does this
	MaxArguments   = 64 << 10
	MaxResult      = 16 << 10 // of what a model is given; more is cut with a note
	MaxTools       = 128      // that are offered at a time
)

// foreign says whether a character may not be in a name.
func foreign(r rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", r)
}

// Definition describes a tool to people and to models.
type Definition struct {
	Name        string          `json:"name"`            // letters, digits, _ and -
	Title       string          `json:"title,omitempty"` // for people; Name when empty
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"` // a JSON Schema of an object; none for a tool without arguments
	Source      string          `json:"source,omitempty"`     // whose it is: "" kAI's own, "mcp NAME" a server's, "guest" an installed one
}

// Call asks a host for a call of one of its tools.
type Call struct {
	_ [0]func() // as in Use

	Name      string `json:"name"`
	Source    string `json:"source"`
	Arguments string `json:"arguments"` // a JSON object
}

// Said is what a tool said to a call.
type Said struct {
	Text string `json:"text"`
}

// List is the tools of a host, and what is wrong with those that should be there and are not.
type List struct {
	Tools  []Definition `json:"tools"`
	Faults []string     `json:"faults,omitempty"`
}

// MethodCall is what a browser's program calls tools of its kai by: Call -> Said. Views are not answered.
const MethodCall = "tools.call"

// State is where a call is.
//
//	"" ──> waiting ──> running ──> done, failed
//	 └────────┴──────────┴──────> refused, stopped
type State string

// The states of a call. A call that is still being said by the model has none.
const (
	StateWaiting State = "waiting" // for the person's consent
	StateRunning State = "running"
	StateDone    State = "done"
	StateFailed  State = "failed"  // Result says how; the model reads it, too
	StateRefused State = "refused" // by the person
	StateStopped State = "stopped" // the answer ended before the call did
)

// Settled says whether a call has ended.
func (s State) Settled() bool { return s != "" && s != StateWaiting && s != StateRunning }

// Use is one call of a tool in an answer.
type Use struct {
	_ [0]func() // comparing would be code in the browser's program

	ID        string `json:"id,omitempty"` // the service's, which may be empty
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
	At        int    `json:"at"`    // how much of the answer's text stands before it, in UTF-16 units, as browsers count
	Round     int    `json:"round"` // calls of one round were asked for together
	State     State  `json:"state,omitempty"`
	Result    string `json:"result,omitempty"`
	Cut       bool   `json:"cut,omitempty"` // Result is not all that the tool said
	// Passages are those that it found in the person's documents, numbered on from those before them in the answer: the id, a blank, the
	// title in one line, and in the next how the passage begins.
	Passages []string `json:"passages,omitempty"`
}

// Check holds a definition against what services take.
func Check(d Definition) error {
	switch {
	case d.Name == "" || len(d.Name) > MaxName || strings.ContainsFunc(d.Name, foreign):
		return fault.New(fault.Invalid, "a tool's name has 1 to %d letters, digits, _ and -; %.80q has not", MaxName, d.Name).WithField("name")
	case len(d.Description) > MaxDescription:
		return fault.New(fault.Invalid, "the description of the tool %s is longer than %d bytes", d.Name, MaxDescription).WithField("description")
	}
	return checkSchema(d)
}

// checkSchema takes an object's schema only: services refuse all others, and with them the whole question.
func checkSchema(d Definition) error {
	if len(d.Parameters) == 0 {
		return nil
	}
	var schema struct {
		Type     json.RawMessage `json:"type"` // as it stands: whatever it is in truth is not taken apart
		Required []string        `json:"required"`
	}
	switch err := json.Unmarshal(d.Parameters, &schema); {
	case len(d.Parameters) > MaxSchema:
		return fault.New(fault.Invalid, "the schema of the tool %s is longer than %d KB", d.Name, MaxSchema>>10).WithField("parameters")
	case err != nil:
		return fault.New(fault.Invalid, "the parameters of the tool %s are no JSON Schema: %w", d.Name, err).WithField("parameters")
	case string(schema.Type) != `"object"`:
		return fault.New(fault.Invalid, "the parameters of the tool %s are not those of an object", d.Name).WithField("parameters.type")
	}
	return nil
}

// CheckArguments says whether a model's arguments are an object with what the schema requires. What the values may be is for
// the tool to judge: it says better what is wrong.
func CheckArguments(d Definition, arguments string) error {
	if len(arguments) > MaxArguments {
		return fault.New(fault.Invalid, "the arguments are longer than %d KB", MaxArguments>>10)
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal([]byte(arguments), &given); err != nil || given == nil {
		return fault.New(fault.Invalid, "the arguments are not a JSON object")
	}
	if len(d.Parameters) == 0 {
		return nil
	}
	var schema struct {
		Required []string `json:"required"`
	}
	if err := json.Unmarshal(d.Parameters, &schema); err != nil {
		return fault.New(fault.Invalid, "the parameters of the tool %s are no JSON Schema: %w", d.Name, err)
	}
	for _, name := range schema.Required {
		if _, ok := given[name]; !ok {
			return fault.New(fault.Invalid, "the argument %q is missing", name).WithField(name)
		}
	}
	return nil
}

// Cut bounds a result, at a character's boundary.
func Cut(result string) (text string, cut bool) {
	result = strings.ToValidUTF8(result, "\uFFFD")
	if len(result) <= MaxResult {
		return result, false
	}
	n := MaxResult
	for !utf8.RuneStart(result[n]) {
		n--
	}
	return result[:n], true
}

// Package fault gives every error that crosses a boundary a code for programs and a message for people.
//
// A caller acts on the Code, never on the text. The wrapped cause stays on this side of a boundary (in the log);
// only code, message, field and remedy travel on the wire. Imports the standard library only.
package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Code is the category of a fault. The set is closed; a peer's unknown code reads as Internal.
type Code string

// The codes, in the order in which a reader meets them.
const (
	Invalid      Code = "invalid"      // the input is wrong; Field says where, Remedy says what to write
	NotFound     Code = "not_found"    // no such record, model, method target
	Conflict     Code = "conflict"     // a condition on a version did not hold
	Unauthorized Code = "unauthorized" // the caller may not do this
	Locked       Code = "locked"       // the vault has what this needs, and is locked
	Forbidden    Code = "forbidden"    // the far side refused us (HTTP 403: an Origin check, usually)
	Unavailable  Code = "unavailable"  // nobody answers there; trying later may work
	Unsupported  Code = "unsupported"  // this backend, peer or model does not have that power
	Exhausted    Code = "exhausted"    // quota, disk or a stated limit is used up
	Fenced       Code = "fenced"       // a newer runtime took over; this one must stop writing
	Canceled     Code = "canceled"     // the person or the caller stopped it
	Timeout      Code = "timeout"      // no answer within the stated time
	Malformed    Code = "malformed"    // the far side sent something that is not its own protocol
	Internal     Code = "internal"     // our mistake; the log has the cause
)

// Fault is an error with a code. Message is one sentence for a person; Remedy, when set, says what to do about it.
type Fault struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Field   string `json:"field,omitempty"`
	Remedy  string `json:"remedy,omitempty"`
	cause   error
}

// New makes a fault from a code and a formatted message; %w keeps a cause that stays on this side.
func New(code Code, format string, args ...any) *Fault {
	err := fmt.Errorf(format, args...)
	return &Fault{Code: code, Message: err.Error(), cause: errors.Unwrap(err)}
}

// Wrap gives err a code and says what was being done. The cause's text stays out of the public message.
func Wrap(code Code, err error, doing string) *Fault {
	return &Fault{Code: code, Message: doing, cause: err}
}

// WithRemedy returns a copy that says what the person can do.
func (f *Fault) WithRemedy(format string, args ...any) *Fault {
	out := *f
	out.Remedy = fmt.Sprintf(format, args...)
	return &out
}

// WithField returns a copy that names the offending field (a JSON path or a flag).
func (f *Fault) WithField(path string) *Fault {
	out := *f
	out.Field = path
	return &out
}

// Error gives the whole chain, for logs. The public text is Message.
func (f *Fault) Error() string {
	text := string(f.Code) + ": " + f.Message
	if f.Field != "" {
		text = string(f.Code) + ": " + f.Field + ": " + f.Message
	}
	if f.cause != nil {
		text += ": " + f.cause.Error()
	}
	return text
}

// Words are the message and the remedy as one line for a person.
func (f *Fault) Words() string { return strings.TrimSuffix(f.Message+"; "+f.Remedy, "; ") }

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.cause }

// Is compares codes: errors.Is(err, &fault.Fault{Code: fault.NotFound}) holds for every not-found fault in err's chain.
// Most callers use CodeOf.
func (f *Fault) Is(target error) bool {
	other, ok := target.(*Fault) //nolint:errorlint // Is itself must not unwrap
	return ok && other.Code == f.Code
}

// CodeOf finds the code of err: the nearest Fault's, Canceled or Timeout for context errors, otherwise Internal.
// A nil error has the empty code.
func CodeOf(err error) Code {
	var f *Fault
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Code
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	default:
		return Internal
	}
}

// Public returns what may cross a boundary: the nearest Fault without its cause, or a bare code with a plain sentence.
func Public(err error) *Fault {
	if err == nil {
		return nil
	}
	var f *Fault
	if errors.As(err, &f) {
		out := *f
		out.cause = nil
		return &out
	}
	switch code := CodeOf(err); code {
	case Canceled:
		return &Fault{Code: code, Message: "stopped"}
	case Timeout:
		return &Fault{Code: code, Message: "no answer in time"}
	default:
		return &Fault{Code: Internal, Message: "something went wrong inside kAI; the log has the details"}
	}
}

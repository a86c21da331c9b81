package idb

import (
	"encoding/json"
	"errors"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// shimError is a failed call as the shim describes it: the name of a DOMException or one of the shim's own.
type shimError struct {
	Name    string         `json:"name"`
	Message string         `json:"message"`
	Kind    int            `json:"kind"`
	ID      string         `json:"id"`
	Held    record.Version `json:"held"`
}

func (e *shimError) Error() string { return e.Name + ": " + e.Message }

// parseError reads the shim's description.
func parseError(text string) error {
	var e shimError
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return fault.Wrap(fault.Internal, err, "the database failed without saying how")
	}
	if e.Name == "Closed" {
		return goneError{}
	}
	return &e
}

// failure puts what went wrong into words for a person.
func failure(err error, doing string, l layout) error {
	var e *shimError
	var f *fault.Fault
	switch {
	case errors.As(err, &f):
		return err
	case isGone(err):
		return fault.Wrap(fault.Unavailable, err, "the browser closed the database").WithRemedy("reload the extension")
	case !errors.As(err, &e):
		return fault.Wrap(fault.CodeOf(err), err, "stopped while "+doing)
	}
	switch e.Name {
	case "Conflict":
		if e.Kind < 0 || e.Kind >= len(l.schema) {
			break
		}
		return store.Conflict(record.Key{Kind: l.schema[e.Kind].Kind, ID: e.ID}, e.Held)
	case "Fenced":
		return fault.New(fault.Fenced, "another kAI took over the records").WithRemedy("reload the extension")
	case "Deleted":
		return fault.New(fault.Unavailable, "kAI's records were deleted in the browser while it was running").
			WithRemedy("reload the extension; import an export to have the records back")
	case "QuotaExceededError":
		return fault.Wrap(fault.Exhausted, err, "the browser has no room left for kAI's records").
			WithRemedy("export and delete old conversations, or free disk space")
	case "NoBlob":
		return fault.New(fault.NotFound, "the picture is not on this device").WithField("id")
	case "Spoilt":
		return fault.New(fault.Malformed, "the picture is damaged").WithField("id")
	case "NoPicture":
		return fault.New(fault.Invalid, "that is no PNG, JPEG or WebP of at most 8 MB").WithField("data")
	case "Ahead":
		return fault.New(fault.Invalid, "the change feed ends before that number").WithField("since").
			WithRemedy("this is another or a fresh store: start again from 0")
	case "VersionError":
		return fault.Wrap(fault.Unsupported, err, "the records were written by a newer kAI").WithRemedy("update kAI")
	case "InvalidStateError", "SecurityError", "NotAllowedError", "UnknownError":
		return fault.Wrap(fault.Unavailable, err, "the browser refuses to keep records here").
			WithRemedy("allow storage for the extension; a private window may have none")
	}
	return fault.Wrap(fault.Internal, err, "the database failed while "+doing).WithRemedy("restart the browser")
}

package queue

import (
	"encoding/json"
	"regexp"
	"unicode/utf8"

	"github.com/kindos/kai/shared/fault"
)

// Check holds a spec against what a task may be, and gives it an empty body where it has none.
func (s *Spec) Check() error {
	if err := checkBody(&s.Body); err != nil {
		return err
	}
	switch {
	case len(s.Key) > MaxKey || !utf8.ValidString(s.Key):
		return fault.New(fault.Invalid, "the key of a task is text of at most %d bytes", MaxKey).WithField("key")
	case s.Priority < -MaxPriority || s.Priority > MaxPriority:
		return fault.New(fault.Invalid, "priorities go from %d to %d", -MaxPriority, MaxPriority).WithField("priority")
	}
	return nil
}

// Check holds a schedule against what it may be; When is answered parsed.
func (s *Schedule) Check() (When, error) {
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}$`).MatchString(s.Name) {
		return When{}, fault.New(fault.Invalid, "%.80q cannot name a schedule", s.Name).WithField("name").
			WithRemedy("use small letters, digits and -, at most 60, such as morning-news")
	}
	if err := checkBody(&s.Body); err != nil {
		return When{}, err
	}
	return ParseWhen(s.When)
}

func checkBody(body *json.RawMessage) error {
	if len(*body) == 0 {
		*body = json.RawMessage(`{}`)
	}
	if len(*body) > MaxBody {
		return fault.New(fault.Exhausted, "the body of a task has at most %d KB", MaxBody>>10).WithField("body").WithRemedy("shorten it")
	}
	if !json.Valid(*body) {
		return fault.New(fault.Invalid, "the body of a task is JSON").WithField("body")
	}
	return nil
}

// Check holds a filter against what can be asked for, and gives it a limit.
func (f *Filter) Check() error {
	known := f.State == ""
	for _, s := range States() {
		known = known || f.State == s
	}
	if !known {
		return fault.New(fault.Invalid, "there is no state %.80q", f.State).WithField("state").
			WithRemedy("choose one of waiting, running, done, dead, canceled")
	}
	if f.Limit < 0 || f.Limit > MaxList {
		return fault.New(fault.Invalid, "a list has 1 to %d tasks", MaxList).WithField("limit")
	}
	if f.Limit == 0 {
		f.Limit = MaxList
	}
	return nil
}

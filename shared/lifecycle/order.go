package lifecycle

import (
	"slices"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// order sorts steps so that each comes after what it needs, otherwise as given.
func order(steps []Step) ([]Step, error) {
	byName := make(map[string]Step, len(steps))
	for _, s := range steps {
		if s.Name == "" {
			return nil, fault.New(fault.Invalid, "a step has no name")
		}
		if _, twice := byName[s.Name]; twice {
			return nil, fault.New(fault.Invalid, "there are two steps named %s", s.Name)
		}
		byName[s.Name] = s
	}
	sorting := sorter{byName: byName, done: map[string]bool{}}
	for _, s := range steps {
		if err := sorting.visit(s, nil); err != nil {
			return nil, err
		}
	}
	return sorting.out, nil
}

// sorter walks depth first; path holds the steps that wait for the one being visited.
type sorter struct {
	byName map[string]Step
	done   map[string]bool
	out    []Step
}

func (o *sorter) visit(s Step, path []string) error {
	if slices.Contains(path, s.Name) {
		return fault.New(fault.Invalid, "steps need each other in a circle: %s", strings.Join(append(path, s.Name), " needs "))
	}
	if o.done[s.Name] {
		return nil
	}
	path = append(slices.Clone(path), s.Name)
	for _, name := range s.Needs {
		need, known := o.byName[name]
		if !known {
			return fault.New(fault.Invalid, "%s needs %s, which is no step", s.Name, name)
		}
		if need.Optional && !s.Optional {
			return fault.New(fault.Invalid, "%s is needed, so it cannot need %s, which is optional", s.Name, name)
		}
		if err := o.visit(need, path); err != nil {
			return err
		}
	}
	o.done[s.Name] = true
	o.out = append(o.out, s)
	return nil
}

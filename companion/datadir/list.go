package datadir

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
)

// List is a list in a file of a data directory, as JSON, which programs read anew each time and change one after another.
type List[T any] struct {
	Dir  Dir
	File string
	Lost func(err error) error // what is told of a file that cannot be read
}

// Read gives the list; empty while there is no file.
func (l List[T]) Read() ([]T, error) {
	text, err := os.ReadFile(l.Dir.File(l.File))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []T
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		return nil, l.Lost(err)
	}
	return all, nil
}

// Write replaces the list in one step.
func (l List[T]) Write(all []T) error {
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return l.Dir.Write(l.File, append(text, '\n'))
}

// Change reads the list and writes what change makes of it, while no other program does; see Dir.Alone.
func (l List[T]) Change(change func(all []T) ([]T, error)) error {
	return l.Dir.Alone(l.File, func() error {
		all, err := l.Read()
		if err != nil {
			return err
		}
		if all, err = change(all); err != nil {
			return err
		}
		return l.Write(all)
	})
}

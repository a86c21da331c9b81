// Command convert is an example of a guest tool: it converts units. It asks for no capability, so it says the same each time.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

// unit is how much of the base unit of its kind one is.
type unit struct {
	kind string
	size float64
}

func units() map[string]unit {
	return map[string]unit{
		"mm": {"length", 0.001}, "cm": {"length", 0.01}, "m": {"length", 1}, "km": {"length", 1000},
		"in": {"length", 0.0254}, "ft": {"length", 0.3048}, "yd": {"length", 0.9144}, "mi": {"length", 1609.344},
		"g": {"mass", 0.001}, "kg": {"mass", 1}, "oz": {"mass", 0.028349523125}, "lb": {"mass", 0.45359237},
	}
}

func main() {
	if err := convert(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func convert() error {
	var in struct {
		Value    float64
		From, To string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		return fmt.Errorf("read the arguments: %w", err)
	}
	from, ok := units()[in.From]
	to, too := units()[in.To]
	if !ok || !too || from.kind != to.kind {
		return fmt.Errorf("there is no way from %q to %q", in.From, in.To)
	}
	_, err := fmt.Fprintf(os.Stdout, "%s %s\n", strconv.FormatFloat(in.Value*from.size/to.size, 'g', 6, 64), in.To)
	return err
}

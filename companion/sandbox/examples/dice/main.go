// Command dice is an example of a guest tool: it rolls dice. It asks for one capability, chance.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
)

func main() {
	if err := roll(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func roll() error {
	var in struct{ Count, Sides int }
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		return fmt.Errorf("read the arguments: %w", err)
	}
	if in.Count < 1 || in.Count > 100 || in.Sides < 2 || in.Sides > 1000 {
		return fmt.Errorf("roll 1 to 100 dice of 2 to 1,000 sides")
	}
	sum, each := 0, make([]string, in.Count)
	for i := range each {
		n := rand.IntN(in.Sides) + 1 //nolint:gosec // dice
		sum += n
		each[i] = fmt.Sprint(n)
	}
	_, err := fmt.Fprintf(os.Stdout, "%s; together %d\n", strings.Join(each, ", "), sum)
	return err
}

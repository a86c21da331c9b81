package extract

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// table writes each row as "column: value; column: value", so that a passage says what its numbers are.
func table(text string) (string, error) {
	head, _, _ := strings.Cut(text, "\n")
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = separator(head), true, -1, true
	var names []string
	var out strings.Builder
	for {
		row, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			if out.Len() == 0 {
				return strings.Join(names, "; "), nil
			}
			return out.String(), nil
		case err != nil:
			return "", fault.Wrap(fault.Malformed, err, "the table cannot be read")
		case strings.TrimSpace(strings.Join(row, "")) == "":
			continue
		case names == nil:
			names = append(names, row...)
			continue
		}
		for i, cell := range row {
			if i > 0 {
				out.WriteString("; ")
			}
			if i < len(names) && names[i] != "" {
				out.WriteString(names[i] + ": ")
			}
			out.WriteString(cell)
		}
		if out.WriteByte('\n'); out.Len() > maxUnpacked {
			return "", bomb()
		}
	}
}

// separator is what stands between the cells of a first row.
func separator(head string) rune {
	best := ','
	for _, r := range ";\t" {
		if strings.Count(head, string(r)) > strings.Count(head, string(best)) {
			best = r
		}
	}
	return best
}

package config

import (
	"slices"
	"strings"
)

// hint names what the writer of an unknown key may have meant: a neighbour, or the same key elsewhere.
func (s *shaper) hint(key string, known map[string]Field) string {
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	if near := Nearest(key, names); near != "" {
		return "did you mean " + near + "?"
	}
	for _, f := range s.all {
		last := f.Path[strings.LastIndexByte(f.Path, '.')+1:]
		if last != f.Path && Nearest(key, []string{last}) != "" {
			return "did you mean " + f.Path + "?"
		}
	}
	return "remove it, or use one of " + strings.Join(names, ", ")
}

// Nearest returns the name closest to word, or "" when none is close enough to be a slip of the finger.
func Nearest(word string, names []string) string {
	best, least := "", 0
	for _, name := range names {
		d := distance(fold(word), fold(name))
		if d <= max(1, min(len(name), len(word))/3) && (best == "" || d < least) {
			best, least = name, d
		}
	}
	return best
}

// fold forgets case and word breaks: "bind_address" is "bindAddress".
func fold(word string) string {
	word = strings.ToLower(clip(word))
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(word)
}

// distance counts edits (Damerau, adjacent swaps count one).
func distance(a, b string) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// differ is 0 for equal bytes, else 1.
func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}

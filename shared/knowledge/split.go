package knowledge

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// PageBreak stands between the pages of a text that has pages.
const PageBreak = "\f"

// Passage is a part of a text: its bytes from Start to before End, and the place where it is.
type Passage struct {
	Start, End int
	Place      string // the heading that it stands under, or "page 3"; empty when there is neither
}

// Split cuts a text into passages of at most size bytes (at least 16), in reading order. It cuts where a page or a section
// ends, else a paragraph, a line, a sentence, a word. A passage that goes on in the middle of a section begins again with the
// last overlap bytes or less of the one before (a quarter of size at most), from the start of a sentence or a word, so that what stands on a cut is
// found too. Passages together hold every byte that is not a blank.
func Split(text string, size, overlap int) []Passage {
	var out []Passage
	size = max(size, 16)
	place, read := place{paged: strings.Contains(text, PageBreak)}, 0
	for at := skipBlanks(text, 0); at < len(text); {
		end, whole := cut(text, at, size)
		if end := at + lineEnd(text[at:end]); end > read {
			place.read(text[read:end])
			read = end
		}
		stop := at + len(strings.TrimRight(text[at:end], blanks))
		out = append(out, Passage{at, stop, place.String()})
		next := skipBlanks(text, end)
		if next < len(text) && !whole {
			next = back(text, at, stop, min(max(overlap, 0), size/4))
		}
		at = next
	}
	return out
}

const blanks = " \t\r\n\f"

func skipBlanks(text string, at int) int {
	return len(text) - len(strings.TrimLeft(text[at:], blanks))
}

// lineEnd is the length of the first line.
func lineEnd(text string) int {
	if i := strings.IndexAny(text, "\n\f"); i >= 0 {
		return i
	}
	return len(text)
}

// cut gives where a passage that starts at a place ends; whole is true when nothing goes on there.
func cut(text string, at, size int) (end int, whole bool) {
	if i := strings.Index(text[at:min(at+size+1, len(text))], PageBreak); i > 0 {
		return at + i, true
	}
	if len(text)-at <= size {
		return len(text), true
	}
	window := text[at : at+size]
	for i, mark := range []string{"\n#", "\n\n", "\n", ". ", "? ", "! ", "。", " "} {
		if found := strings.LastIndex(window, mark); found > size/3 {
			if i > 1 {
				found += len(mark) // the sign belongs to what it ends
			}
			return at + found, i == 0
		}
	}
	end = at + size
	for end > at+1 && !utf8.RuneStart(text[end]) {
		end--
	}
	return end, false
}

// back gives where the passage after one from at to stop begins, at most overlap bytes before stop.
func back(text string, at, stop, overlap int) int {
	from := max(stop-overlap, at+1)
	for _, mark := range []string{"\n\n", "\n", ". ", "? ", "! ", "。", " "} {
		if i := strings.Index(text[from:stop], mark); i >= 0 && from+i+len(mark) < stop {
			return skipBlanks(text, from+i+len(mark))
		}
	}
	return skipBlanks(text, stop)
}

// place is where a reader of a text is.
type place struct {
	paged   bool
	breaks  int
	heading string
}

// read goes on over a part of the text.
func (p *place) read(text string) {
	p.breaks += strings.Count(text, PageBreak)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			if heading := strings.Trim(line, "# \t\r\n"); heading != "" {
				p.heading = heading
			}
		}
	}
}

func (p *place) String() string {
	if p.paged {
		return "page " + strconv.Itoa(p.breaks+1)
	}
	return p.heading
}

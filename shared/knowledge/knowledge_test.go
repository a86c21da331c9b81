package knowledge_test

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/kindos/kai/shared/knowledge"
)

func passages(text string, size, overlap int) (texts, places []string) {
	for _, p := range knowledge.Split(text, size, overlap) {
		texts, places = append(texts, text[p.Start:p.End]), append(places, p.Place)
	}
	return texts, places
}

func TestATextIsCutWhereItPauses(t *testing.T) {
	for name, c := range map[string]struct {
		text          string
		overlap       int
		texts, places []string
	}{
		"nothing":        {" \n\f\t", 0, nil, nil},
		"short enough":   {" A short note.\n", 9, []string{"A short note."}, []string{""}},
		"sections":       {"# One\nFirst part of it.\n\n# Two\nThe second part.", 9, []string{"# One\nFirst part of it.", "# Two\nThe second part."}, []string{"One", "Two"}},
		"pages":          {"The first.\f\fThe third page.", 9, []string{"The first.", "The third page."}, []string{"page 1", "page 3"}},
		"paragraphs":     {"Some words of it here.\n\nAnd others stand there.", 0, []string{"Some words of it here.", "And others stand there."}, []string{"", ""}},
		"lines":          {"name: a; size: 1 and\nname: b; size: 2 too", 0, []string{"name: a; size: 1 and", "name: b; size: 2 too"}, []string{"", ""}},
		"sentences":      {"This is the first one. This one is next.", 0, []string{"This is the first one.", "This one is next."}, []string{"", ""}},
		"words":          {"one two three four five six seven", 0, []string{"one two three four five six", "seven"}, []string{"", ""}},
		"overlap":        {"one two three four five six seven", 9, []string{"one two three four five six", "six seven"}, []string{"", ""}},
		"no blanks":      {strings.Repeat("ä", 20), 9, []string{strings.Repeat("ä", 15), strings.Repeat("ä", 5)}, []string{"", ""}},
		"Chinese":        {"第一句在这里呢。第二句在这里呢。", 0, []string{"第一句在这里呢。", "第二句在这里呢。"}, []string{"", ""}},
		"an empty head":  {"#\nText", 0, []string{"#\nText"}, []string{""}},
		"Windows' lines": {"# One\r\nFirst.", 0, []string{"# One\r\nFirst."}, []string{"One"}},
	} {
		texts, places := passages(c.text, 30, c.overlap)
		assert.Equal(t, c.texts, texts, name)
		assert.Equal(t, c.places, places, name)
	}
}

// checkSplit says that passages are in order, short enough, whole characters, and leave out nothing but blanks.
func checkSplit(t interface{ Fatalf(string, ...any) }, text string, size, overlap int) {
	covered, last := 0, -1
	for _, p := range knowledge.Split(text, size, overlap) {
		switch {
		case p.Start <= last || p.End <= p.Start:
			t.Fatalf("passage %v after one that starts at %d", p, last)
		case p.End-p.Start > max(size, 16):
			t.Fatalf("passage %v is longer than %d", p, size)
		case p.Start > covered && strings.Trim(text[covered:p.Start], " \t\r\n\f") != "":
			t.Fatalf("%q is left out", text[covered:p.Start])
		case utf8.ValidString(text) && !utf8.ValidString(text[p.Start:p.End]):
			t.Fatalf("a character is cut in two: %q", text[p.Start:p.End])
		}
		last, covered = p.Start, max(covered, p.End)
	}
	if strings.Trim(text[covered:], " \t\r\n\f") != "" {
		t.Fatalf("the end %q is left out", text[covered:])
	}
}

func TestPassagesHoldTheWholeText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"a", "word ", "\n", "\n\n", "# H\n", ". ", "\f", "ß", "语", "😀", "  "})).Draw(t, "text")
		checkSplit(t, strings.Join(parts, ""), rapid.IntRange(0, 60).Draw(t, "size"), rapid.IntRange(0, 60).Draw(t, "overlap"))
	})
}

func FuzzSplit(f *testing.F) {
	f.Add("# One\n\nText. More text.\fPage", 20, 5)
	f.Add("\xff\xfe\xff\xfe\xff\xfe\xff\xfe\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 0, -1)
	f.Fuzz(func(t *testing.T, text string, size, overlap int) {
		checkSplit(t, text, size%4096, overlap%4096)
	})
}

func TestANormalizedVectorHasLengthOneOrNone(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct{ in, want []float32 }{
		{[]float32{3, 4}, []float32{0.6, 0.8}}, {[]float32{0, 0}, []float32{0, 0}}, {[]float32{inf, 1}, []float32{0, 0}},
		{[]float32{nan, 1}, []float32{0, 0}}, {[]float32{math.MaxFloat32, 0}, []float32{1, 0}}, {nil, nil},
	} {
		v := append([]float32(nil), c.in...)
		knowledge.Normalize(v)
		assert.InDeltaSlice(t, c.want, v, 1e-6, "%v", c.in)
	}
}

func TestTheDotProductIsThatOfAllPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Float32Range(-10, 10)
		a := rapid.SliceOfN(number, 0, 20).Draw(t, "a")
		b := rapid.SliceOfN(number, len(a), len(a)).Draw(t, "b")
		want := 0.0
		for i := range a {
			want += float64(a[i]) * float64(b[i])
		}
		assert.InDelta(t, want, float64(knowledge.Dot(a, b)), 1e-2)
	})
}

func TestAVectorIsUnpackedAsItWasPacked(t *testing.T) {
	v := []float32{0, -1.5, math.MaxFloat32, math.SmallestNonzeroFloat32}
	assert.Equal(t, v, knowledge.Unpack(knowledge.Pack(nil, v)))
	assert.Equal(t, []byte{9, 0, 0, 128, 63}, knowledge.Pack([]byte{9}, []float32{1}))
	assert.Equal(t, []float32{1}, knowledge.Unpack([]byte{0, 0, 128, 63, 1, 2}))
}

func TestTheNearestVectorsComeFirst(t *testing.T) {
	question := []float32{1, 0}
	vectors := [][]float32{{0.6, 0.8}, nil, {1, 0}, {-1, 0}, {0.8, 0.6}, {1, 0, 0}, {0, 0}, {1, 0}}
	assert.Equal(t, knowledge.Ranking{2, 7, 4, 0}, knowledge.ByVector(question, vectors, 9))
	assert.Equal(t, knowledge.Ranking{2, 7}, knowledge.ByVector(question, vectors, 2))
	assert.Empty(t, knowledge.ByVector(question, vectors, 0))
}

func TestWordsRankByHowRareAndHowOftenTheyAre(t *testing.T) {
	texts := []string{" the lamp is on", " the cat sat on the mat", " the lamp and the lamp", "", " a lamplight among very many other words that say little of it"}
	for _, c := range []struct {
		words string
		want  knowledge.Ranking
	}{
		{"lamp", knowledge.Ranking{2, 0, 4}}, {"cat lamp", knowledge.Ranking{1, 2, 0, 4}}, {"the", knowledge.Ranking{2, 1, 0}}, {"dog", knowledge.Ranking{}},
		{"lamp lamp lamp cat", knowledge.Ranking{1, 2, 0, 4}}, {"", knowledge.Ranking{}},
	} {
		assert.Equal(t, c.want, knowledge.ByWords(strings.Fields(c.words), texts, 9), c.words)
	}
	assert.Equal(t, knowledge.Ranking{2}, knowledge.ByWords([]string{"lamp"}, texts, 1))
}

func TestANeedleFindsWordsByTheirStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "aa", "ä"}))
		word := strings.Join(append([]string{"a"}, letters.Draw(t, "word")...), "")
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{" ", "a", "b", "aa", "ä", " " + word})).Draw(t, "text"), "")
		want := strings.Count(text, " "+word)
		assert.Equal(t, want, knowledge.NewNeedle(word).Count(text, 1<<30), "%q in %q", word, text)
		assert.Equal(t, min(want, 2), knowledge.NewNeedle(word).Count(text, 2))
		assert.Equal(t, want > 0 && strings.Contains(text, " b"), knowledge.NewNeedles([]string{word, "b"}).AllIn(text))
	})
}

func TestWhatTwoRankingsHaveIsBeforeWhatOneHas(t *testing.T) {
	assert.Equal(t, knowledge.Ranking{3, 1, 7, 2}, knowledge.Fuse(9, knowledge.Ranking{1, 3}, knowledge.Ranking{7, 3, 2}))
	assert.Equal(t, knowledge.Ranking{5, 4}, knowledge.Fuse(2, knowledge.Ranking{5, 4, 3}))
	assert.Empty(t, knowledge.Fuse(3))
}

// Searching 10,000 passages of 384 numbers is to take 30 ms at most, in WebAssembly.
func BenchmarkByVector(b *testing.B) {
	vectors := make([][]float32, 10_000)
	for i := range vectors {
		vectors[i] = make([]float32, 384)
		for j := range vectors[i] {
			vectors[i][j] = float32((i*31+j*17)%101) - 50
		}
		knowledge.Normalize(vectors[i])
	}
	for b.Loop() {
		knowledge.ByVector(vectors[77], vectors, 40)
	}
}

func BenchmarkByWords(b *testing.B) {
	texts := make([]string, 10_000)
	for i := range texts {
		texts[i] = strings.Repeat(" some words of a passage", 40)
	}
	texts[7] += " needle"
	for b.Loop() {
		knowledge.ByWords([]string{"which", "needle", "passage"}, texts, 40)
	}
}

package knowledge

import (
	"math"
	"slices"
)

// Ranking is a list of passages, by their numbers, best first.
type Ranking []int

// ByVector ranks the passages whose vectors are nearest to a question's, at most n. vectors[i] is of passage i; one that is
// nil, or of another length, is left out: it is of another model.
func ByVector(question []float32, vectors [][]float32, n int) Ranking {
	return top(len(vectors), n, func(i int) float64 {
		if len(vectors[i]) != len(question) {
			return 0
		}
		return float64(Dot(question, vectors[i]))
	})
}

// How much a word that comes again adds, and how much the length of a passage counts (BM25; Robertson and Zaragoza 2009).
const (
	again  = 1.2
	length = 0.75
	// mostTimes is how often a word counts at most: what it adds has nearly reached its limit there.
	mostTimes = 10
)

// ByWords ranks the passages that hold some of the words, at most n: rare words count more, and more often counts more
// (BM25). Texts and words are folded (store.Fold, store.Words); a text that is empty is left out.
func ByWords(words, texts []string, n int) Ranking {
	total, scores := 0, make([]float64, len(texts))
	for _, text := range texts {
		total += len(text)
	}
	mean := float64(total)/float64(max(len(texts), 1)) + 1
	for i, word := range words {
		if slices.Contains(words[:i], word) {
			continue
		}
		addWord(scores, NewNeedle(word), texts, mean)
	}
	return top(len(texts), n, func(i int) float64 { return scores[i] })
}

func addWord(scores []float64, word *Needle, texts []string, mean float64) {
	counts, having := make([]float64, len(texts)), 0.0
	for i, text := range texts {
		if counts[i] = float64(word.Count(text, mostTimes)); counts[i] > 0 {
			having++
		}
	}
	weight := math.Log1p((float64(len(texts)) - having + 0.5) / (having + 0.5))
	for i, count := range counts {
		if count > 0 {
			scores[i] += weight * count * (again + 1) / (count + again*(1-length+length*float64(len(texts[i]))/mean))
		}
	}
}

// top is the n numbers below count with the greatest scores above 0; of equal ones the first.
func top(count, n int, score func(i int) float64) Ranking {
	out, scores := Ranking{}, []float64{}
	for i := range count {
		s := score(i)
		if !(s > 0) || len(out) == n && (n == 0 || s <= scores[n-1]) {
			continue
		}
		if len(out) < n {
			out, scores = append(out, 0), append(scores, 0)
		}
		at := len(out) - 1
		for ; at > 0 && scores[at-1] < s; at-- {
			out[at], scores[at] = out[at-1], scores[at-1]
		}
		out[at], scores[at] = i, s
	}
	return out
}

// rankFusion is the constant of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): how little the first places count
// more than the next.
const rankFusion = 60

// Fuse makes one ranking of several, at most n long: a passage that two of them have is before one that only one has, unless
// that is much better placed there.
func Fuse(n int, rankings ...Ranking) Ranking {
	scores, count := map[int]float64{}, 0
	for _, r := range rankings {
		for place, i := range r {
			scores[i] += 1 / float64(rankFusion+place+1)
			count = max(count, i+1)
		}
	}
	return top(count, n, func(i int) float64 { return scores[i] })
}

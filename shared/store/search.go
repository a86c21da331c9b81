package store

import (
	"context"

	"github.com/kindos/kai/shared/fault"
)

// scanPage is how many records a scan reads at a time.
const scanPage = 500

// Search finds records by words: with the backend's own search where it has one, otherwise by reading every record of
// the kind, newest first, until enough are found.
func Search(ctx context.Context, s Store, q TextQuery) ([]Hit, error) {
	if searcher, ok := s.(TextSearcher); ok {
		hits, err := searcher.SearchText(ctx, q)
		if fault.CodeOf(err) != fault.Unsupported {
			return hits, err
		}
	}
	kinds := NewKinds(Schema())
	q, words, err := kinds.CheckText(q)
	if err != nil {
		return nil, err
	}
	spec, err := kinds.Spec(q.Kind)
	if err != nil {
		return nil, err
	}
	return scan(ctx, s, q, spec, words)
}

func scan(ctx context.Context, s Store, q TextQuery, spec KindSpec, words []string) ([]Hit, error) {
	hits := []Hit{}
	list := Query{Kind: q.Kind, Reverse: true, Limit: scanPage}
	for len(words) > 0 {
		page, err := s.List(ctx, list)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Records {
			text := Text(spec, r)
			if !Matches(Fold(text), words) {
				continue
			}
			if hits = append(hits, Hit{Key: r.Key(), Snippet: Snippet(text, words)}); len(hits) == q.Limit {
				return hits, nil
			}
		}
		if list.After = page.Next; list.After == "" {
			break
		}
	}
	return hits, nil
}

package model_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/model"
)

func TestTheEmbeddingModelKnowsWhatIsAlike(t *testing.T) {
	s := model.Start(t)
	require.NoError(t, s.AddEmbedding(t.Context(), nil))
	body, err := json.Marshal(map[string]any{"model": model.Embedding, "input": []string{"How do I boil an egg?", "Cooking eggs in hot water", "The stock market fell"}})
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/embed", bytes.NewReader(body))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	var out struct{ Embeddings [][]float64 }
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&out))
	require.Len(t, out.Embeddings, 3)
	require.Len(t, out.Embeddings[0], 384)
	require.Greater(t, dot(out.Embeddings[0], out.Embeddings[1]), dot(out.Embeddings[0], out.Embeddings[2])+0.2)
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

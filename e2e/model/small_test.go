package model_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/model"
)

func TestSmallModelAnswersAQuestion(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	s := model.Start(t)
	require.NoError(t, s.AddSmall(ctx, os.Stderr))
	body := chat("What is the capital of France? Answer in one sentence.", map[string]any{"options": map[string]any{"temperature": 0, "num_predict": 40}})
	body["model"] = model.Small
	text, _, _ := ask(t, s, body)
	require.Contains(t, text, "Paris")
}

package connectors_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/connectors"
)

func TestAllServicesOfKaiCDAreThere(t *testing.T) {
	var kinds []string
	for _, d := range connectors.Definitions() {
		kinds = append(kinds, d.Kind)
	}
	assert.ElementsMatch(t, []string{
		"ollama", "open-webui", "a1111", "comfyui", "llama-cpp", "vllm", "llm-studio", "openai-compatible", "openai", "anthropic",
		"huggingface", "civitai", "dropbox", "chroma", "qdrant", "milvus", "n8n", "reticulum",
	}, kinds)
}

func TestEveryKindTellsAPersonWhatItIs(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range connectors.Definitions() {
		assert.False(t, seen[d.Kind], "%s is listed twice", d.Kind)
		seen[d.Kind] = true
		assert.NotEmpty(t, d.Name)
		assert.Contains(t, d.Get, "https://")
		tidy, err := service.Address(d.DefaultURL)
		require.NoError(t, err)
		assert.Equal(t, tidy, d.DefaultURL)
		can := d.New(service.Spec{URL: tidy}, nil).Capabilities()
		assert.Equal(t, d.Category == service.ForAnswers, slices.Contains(can, service.CanChat), "%s is for %q", d.Kind, d.Category)
	}
}

package library_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/service"
)

// servers are model servers by the ids of their services; one without models does not answer. asked says who was asked.
type servers struct {
	service.Gateway
	models map[string][]service.Model
	asked  []string
}

func (s *servers) Models(_ context.Context, spec service.Spec) ([]service.Model, error) {
	s.asked = append(s.asked, spec.ID)
	if s.models[spec.ID] == nil {
		return nil, fault.New(fault.Unavailable, "nobody answers")
	}
	return s.models[spec.ID], nil
}

func (s *servers) Embed(_ context.Context, spec service.Spec, _ string, texts []string) ([][]float32, error) {
	s.asked = append(s.asked, "embed "+spec.ID)
	return make([][]float32, len(texts)), nil
}

func TestTheServerThatHadTheModelIsAskedFirst(t *testing.T) {
	ctx := t.Context()
	connected := func(context.Context) ([]service.Spec, error) { return []service.Spec{{ID: "a"}, {ID: "b"}}, nil }
	minilm := []service.Model{{Name: "all-minilm", Capabilities: []string{"embedding"}}}
	s := &servers{models: map[string][]service.Model{"b": minilm}}
	embedder := library.NewServices(connected, s, func() []service.Spec { return []service.Spec{{ID: "nearby"}} })
	embed := func(asked ...string) {
		t.Helper()
		s.asked = nil
		_, err := embedder.Embed(ctx, "all-minilm", []string{"x"})
		require.NoError(t, err)
		assert.Equal(t, asked, s.asked)
	}
	embed("a", "b", "embed b")
	embed("b", "embed b")
	s.models = map[string][]service.Model{"b": {}, "nearby": minilm}
	embed("b", "a", "nearby", "embed nearby")
	s.models = nil
	_, err := embedder.Embed(ctx, "all-minilm", []string{"x"})
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	s.asked = nil
	_, err = embedder.Model(ctx)
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	assert.Equal(t, []string{"a", "b", "nearby"}, s.asked, "which model it is to be goes by the order of the services")
}

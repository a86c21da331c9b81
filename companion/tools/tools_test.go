package tools_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/tools"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/tool"
)

// shelf is a host of one tool, of the source of its name.
type shelf string

func (s shelf) Owns(source string) bool { return source == string(s) }

func (s shelf) List(context.Context) tool.List {
	return tool.List{Tools: []tool.Definition{{Name: "lamp", Source: string(s)}}, Faults: []string{string(s) + " is slow"}}
}

func (s shelf) Call(_ context.Context, c tool.Call) (string, error) {
	return c.Name + " of " + string(s), nil
}

func TestEachToolIsCalledWhereItIs(t *testing.T) {
	methods := tools.New(shelf("a"), shelf("b")).Methods()
	list, err := protocol.Ask[tool.List](t.Context(), methods, assistant.MethodToolList, assistant.Empty{})
	require.NoError(t, err)
	assert.Len(t, list.Tools, 2)
	assert.Equal(t, []string{"a is slow", "b is slow"}, list.Faults)
	said, err := protocol.Ask[tool.Said](t.Context(), methods, tool.MethodCall, tool.Call{Name: "lamp", Source: "b"})
	require.NoError(t, err)
	assert.Equal(t, "lamp of b", said.Text)
	_, err = protocol.Ask[tool.Said](t.Context(), methods, tool.MethodCall, tool.Call{Name: "lamp", Source: "c"})
	assert.ErrorContains(t, err, "no tool")
}

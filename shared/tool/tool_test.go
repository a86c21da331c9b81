package tool_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/tool"
)

func TestAToolThatLiesAboutItselfIsNotOffered(t *testing.T) {
	for name, c := range map[string]struct {
		in    tool.Definition
		field string
	}{
		"no name":              {tool.Definition{}, "name"},
		"a name with a blank":  {tool.Definition{Name: "a b"}, "name"},
		"a long name":          {tool.Definition{Name: strings.Repeat("a", 65)}, "name"},
		"a long description":   {tool.Definition{Name: "a", Description: strings.Repeat("a", 2000)}, "description"},
		"no JSON":              {tool.Definition{Name: "a", Parameters: []byte("{")}, "parameters"},
		"a list":               {tool.Definition{Name: "a", Parameters: []byte(`{"type":"array"}`)}, "parameters.type"},
		"a schema of no type":  {tool.Definition{Name: "a", Parameters: []byte(`{}`)}, "parameters.type"},
		"a word as required":   {tool.Definition{Name: "a", Parameters: []byte(`{"type":"object","required":"x"}`)}, "parameters"},
		"a schema of a book":   {tool.Definition{Name: "a", Parameters: []byte(`{"type":"object","x":"` + strings.Repeat("a", 17<<10) + `"}`)}, "parameters"},
		"nothing wrong at all": {tool.Definition{Name: "mcp__a-B_9", Parameters: []byte(`{"type":"object"}`)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := tool.Check(c.in)
			if c.field == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.Equal(t, c.field, fault.Public(err).Field)
		})
	}
}

func TestArgumentsAreHeldAgainstTheSchema(t *testing.T) {
	d := tool.Definition{Name: "a", Parameters: []byte(`{"type":"object","required":["x"]}`)}
	require.NoError(t, tool.CheckArguments(d, `{"x":null,"more":1}`))
	require.NoError(t, tool.CheckArguments(tool.Definition{Name: "a"}, `{}`))
	assert.ErrorContains(t, tool.CheckArguments(d, `{}`), `"x" is missing`)
	for _, wrong := range []string{"", "null", "[]", `"x"`, "{", strings.Repeat(" ", 65<<10)} {
		assert.Error(t, tool.CheckArguments(d, wrong), "%.20q", wrong)
	}
}

func FuzzCheckArguments(f *testing.F) {
	f.Add(`{"type":"object","required":["a"]}`, `{"a":1}`)
	f.Fuzz(func(t *testing.T, schema, arguments string) {
		d := tool.Definition{Name: "a", Parameters: []byte(schema)}
		if tool.Check(d) != nil || tool.CheckArguments(d, arguments) != nil {
			return
		}
		assert.True(t, json.Valid([]byte(arguments)))
	})
}

func TestALongResultIsCutBetweenCharacters(t *testing.T) {
	text, cut := tool.Cut("short")
	assert.Equal(t, "short", text)
	assert.False(t, cut)
	text, cut = tool.Cut("a" + strings.Repeat("é", tool.MaxResult))
	assert.True(t, cut)
	assert.LessOrEqual(t, len(text), tool.MaxResult)
	assert.True(t, utf8.ValidString(text))
	text, _ = tool.Cut("a\xff")
	assert.Equal(t, "a\uFFFD", text)
}

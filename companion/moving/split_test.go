package moving

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cutUp cuts a text that comes in pieces of n bytes.
func cutUp(text string, n, most int) (parts []part, s *splitter, err error) {
	s = &splitter{most: most}
	for len(text) > 0 && err == nil {
		n = min(n, len(text))
		var more []part
		more, err = s.push([]byte(text[:n]))
		parts, text = append(parts, more...), text[n:]
	}
	return parts, s, err
}

func TestJSONIsCutIntoItsParts(t *testing.T) {
	for text, want := range map[string][]part{
		`[1,"a,]",{"b":[2]}]`:        {{"", 0, "1", false}, {"", 1, `"a,]"`, false}, {"", 2, `{"b":[2]}`, false}},
		`{"a":1,"b":[{"c":"}"},2]}`:  {{"a", 0, "1", false}, {"b", 0, `{"c":"}"}`, false}, {"b", 1, "2", false}},
		` { "a\"" : null , "b":[] }`: {{`a"`, 0, "null ", false}},
		`[]`:                         nil, `{}`: nil,
	} {
		for n := 1; n <= len(text); n++ {
			parts, s, err := cutUp(text, n, 100)
			require.NoError(t, err)
			assert.Equal(t, want, parts, "%s by %d", text, n)
			assert.True(t, s.whole())
		}
	}
}

func TestAPartThatIsTooLargeOrTooDeepIsLeftOut(t *testing.T) {
	for _, large := range []string{`"` + strings.Repeat("x", 2000) + `"`, strings.Repeat("[", 600) + strings.Repeat("]", 600)} {
		parts, s, err := cutUp(`[1,`+large+`,2]`, 7, 1500)
		require.NoError(t, err)
		assert.Equal(t, []part{{"", 0, "1", false}, {"", 1, "", true}, {"", 2, "2", false}}, parts)
		assert.True(t, s.whole())
	}
}

func TestWhatIsNoJSONIsTold(t *testing.T) {
	for _, text := range []string{"x", "1", `"a"`, "{]", "{1}", `{"a"]`, `{"a":}`, "[}", "[:", "[1]2", "\x00"} {
		_, s, err := cutUp(text, 1, 100)
		assert.True(t, err != nil || !s.whole(), text)
	}
}

// FuzzSplit: whatever comes, wherever its pieces end, is cut as it is when it comes at once; what is JSON is cut into its parts.
func FuzzSplit(f *testing.F) {
	f.Add(`{"a":[1,"\"]"],"b":{"c":null}}`, 3)
	f.Add(`[{"mapping":{}},7]`, 1)
	f.Fuzz(func(t *testing.T, text string, n int) {
		if n < 1 {
			return
		}
		once, s, err := cutUp(text, max(len(text), 1), 1<<20)
		again, _, _ := cutUp(text, n, 1<<20)
		if err == nil {
			assert.Equal(t, once, again)
		}
		var list []json.RawMessage
		if json.Unmarshal([]byte(text), &list) != nil || strings.ToValidUTF8(text, "") != text {
			return
		}
		require.NoError(t, err)
		require.True(t, s.whole() || text == "null")
		for i, p := range once {
			if !p.large {
				assert.JSONEq(t, string(list[i]), p.text)
			}
		}
	})
}

package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheCommittedFileIsCurrent(t *testing.T) {
	root, err := findRoot()
	require.NoError(t, err)
	want, err := Generate(root)
	require.NoError(t, err)
	have, err := os.ReadFile(filepath.Join(root, Target))
	require.NoError(t, err)
	assert.Equal(t, want, string(have), "run: go run ./e2e/tools/tsgen")
}

func TestTheSameSourceGivesTheSameBytes(t *testing.T) {
	root, err := findRoot()
	require.NoError(t, err)
	first, err := Generate(root)
	require.NoError(t, err)
	for range 5 {
		again, err := Generate(root)
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
}

func TestEveryMethodHasItsTypes(t *testing.T) {
	root, err := findRoot()
	require.NoError(t, err)
	text, err := Generate(root)
	require.NoError(t, err)
	for _, line := range []string{
		`"state.watch": { in: Watch; chunk: News; out: Empty };`,
		`"message.send": { in: Send; chunk: never; out: Sent };`,
		`"run.attach": { in: Attach; chunk: RunDelta; out: Empty };`,
		`"settings.set": { in: Partial<Settings>; chunk: never; out: Settings };`,
		`"storage.usage": { in: Empty; chunk: never; out: StoreUsage };`,
		`"companion.retry": { in: Empty; chunk: never; out: CompanionState };`,
		`export type RunState = "running" | "done" | "stopped" | "failed" | "interrupted";`,
	} {
		assert.Contains(t, text, line)
	}
}

func TestACommentThatNamesAnUnknownTypeIsAnError(t *testing.T) {
	g := &generator{types: map[string]reflect.Type{"Empty": nil, "Settings": nil}}
	for _, tc := range []struct{ comment, want string }{
		{"Empty -> Nothing", `"Nothing" is not among assistant.Wire()`},
		{"just words", "does not say In -> Out"},
		{"Empty ~ store.Gone -> Empty", `"store.Gone" is not among assistant.Wire()`},
	} {
		_, err := g.parseMethod(constant{name: "MethodX", value: "x", comment: tc.comment})
		assert.ErrorContains(t, err, tc.want)
	}
	m, err := g.parseMethod(constant{name: "MethodX", value: "x", comment: "a JSON object with some fields of Settings -> Empty (why; not)"})
	require.NoError(t, err)
	assert.Equal(t, method{constant: "X", name: "x", in: "Partial<Settings>", chunk: "never", out: "Empty"}, m)
}

type inner struct {
	A string `json:"a"`
	b int
}

type outer struct {
	inner
	List  []inner        `json:"list"`
	Maybe *int           `json:"maybe,omitempty"`
	Null  *bool          `json:"null"`
	Skip  string         `json:"-"`
	Count map[string]int `json:"count"`
	Bytes []byte         `json:"bytes"`
}

func TestGoTypesBecomeTypeScript(t *testing.T) {
	g := &generator{types: map[string]reflect.Type{}, sources: map[string]source{}}
	g.types["Inner"] = reflect.TypeFor[inner]()
	g.writeInterface("Outer", reflect.TypeFor[outer]())
	assert.Equal(t, "export interface Outer {\n  a: string;\n  list: unknown[];\n  maybe?: number;\n  null: boolean | null;\n"+
		"  count: { [key: string]: number };\n  bytes: string;\n}\n\n", g.text.String())
	_ = inner{}.b
}

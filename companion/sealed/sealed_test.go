package sealed_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kindos/kai/companion/sealed"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func box(t require.TestingT, key string) *sealed.Box {
	b, err := sealed.New(key)
	require.NoError(t, err)
	return b
}

func message() record.Record {
	return record.Record{Kind: record.KindMessage, ID: "m1", Version: "018c00000000-0000-a", Body: []byte(`{"role":"user","text":"my secret"}`)}
}

func TestWhatIsSealedIsReadAgainByWhoHasTheKey(t *testing.T) {
	key := sealed.NewKey()
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(map[string]string{"text": rapid.String().Draw(t, "text")})
		require.NoError(t, err)
		r := record.Record{Kind: record.KindMessage, ID: rapid.String().Draw(t, "id"), Version: "018c00000000-0000-a", Body: text}
		hidden, err := box(t, key).Seal(r)
		require.NoError(t, err)
		assert.Equal(t, r.Key(), hidden.Key())
		assert.Equal(t, r.Version, hidden.Version)
		back, err := box(t, key+"\n").Open(hidden) // as a file ends
		require.NoError(t, err)
		assert.Equal(t, r, back)
	})
}

func TestNothingOfABodyIsLeft(t *testing.T) {
	hidden, err := box(t, sealed.NewKey()).Seal(message())
	require.NoError(t, err)
	assert.NotContains(t, string(hidden.Body), "secret")
	assert.Equal(t, []string{"sealed"}, members(hidden.Body))
	again, err := box(t, sealed.NewKey()).Seal(message())
	require.NoError(t, err)
	assert.NotEqual(t, hidden.Body, again.Body)
}

func members(body []byte) (names []string) {
	store.Members(body, func(name, _ []byte) { names = append(names, string(name)) })
	return names
}

func TestADeletionHasNothingToSeal(t *testing.T) {
	gone := record.Record{Kind: record.KindMessage, ID: "m1", Version: "018c00000000-0000-a", Deleted: true}
	b := box(t, sealed.NewKey())
	for _, do := range []func(record.Record) (record.Record, error){b.Seal, b.Open} {
		got, err := do(gone)
		require.NoError(t, err)
		assert.Equal(t, gone, got)
	}
}

func TestWhatWasChangedIsRefused(t *testing.T) {
	key := sealed.NewKey()
	hidden, err := box(t, key).Seal(message())
	require.NoError(t, err)
	for name, change := range map[string]func(*record.Record){
		"another record":       func(r *record.Record) { r.ID = "m2" },
		"another kind":         func(r *record.Record) { r.Kind = record.KindConversation },
		"another version":      func(r *record.Record) { r.Version = "018c00000001-0000-a" },
		"a body in clear":      func(r *record.Record) { r.Body = message().Body },
		"no body":              func(r *record.Record) { r.Body = nil },
		"an empty object":      func(r *record.Record) { r.Body = []byte("{}") },
		"too short for a text": func(r *record.Record) { r.Body = []byte(`{"sealed":"AAAA"}`) },
		"no JSON":              func(r *record.Record) { r.Body = []byte(`{"sealed":`) },
	} {
		r := hidden
		change(&r)
		got, err := box(t, key).Open(r)
		assert.Equal(t, fault.Malformed, fault.CodeOf(err), name)
		assert.Empty(t, got, name)
	}
	_, err = box(t, sealed.NewKey()).Open(hidden)
	assert.Equal(t, fault.Malformed, fault.CodeOf(err), "another key")
}

func FuzzOpen(f *testing.F) {
	b := box(f, sealed.NewKey())
	hidden, err := b.Seal(message())
	require.NoError(f, err)
	f.Add([]byte(hidden.Body))
	f.Add([]byte(`{"sealed":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := message()
		r.Body = body
		if got, err := b.Open(r); err == nil && !bytes.Equal(got.Body, message().Body) {
			t.Fatalf("%q opens to %q", body, got.Body)
		}
	})
}

func TestOnlyAKeyIsAKey(t *testing.T) {
	key := sealed.NewKey()
	for name, text := range map[string]string{
		"nothing": "", "a password": "correct horse battery staple", "cut": key[:len(key)-1], "longer": key + "A", "without its beginning": strings.TrimPrefix(key, "kai-seal-"),
	} {
		_, err := sealed.New(text)
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), name)
		assert.NotContains(t, err.Error(), "horse")
	}
}

func TestABodyThatIsTooLargeOnceSealedIsNamed(t *testing.T) {
	r := message()
	r.Body = []byte(`{"text":"` + strings.Repeat("x", store.MaxBodyBytes-20) + `"}`)
	_, err := box(t, sealed.NewKey()).Seal(r)
	assert.Equal(t, fault.Exhausted, fault.CodeOf(err))
	assert.Contains(t, err.Error(), "m1")
}

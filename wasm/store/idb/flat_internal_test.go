//go:build !js

package idb

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

const version = "000000000001-0000-test"

func TestAPageIsReadFromOneTextAndOneRunOfBytes(t *testing.T) {
	head := `[1,"a","` + version + `",7,"b","` + version + `",-1,"c","v\"1é😀",2]`
	records, more, err := decodePage(answer{head: head, data: []byte(`{"n":1}{}`)}, record.KindMessage)
	require.NoError(t, err)
	require.True(t, more)
	require.Equal(t, []record.Record{
		{Kind: record.KindMessage, ID: "a", Version: version, Body: json.RawMessage(`{"n":1}`)},
		{Kind: record.KindMessage, ID: "b", Version: version, Deleted: true},
		{Kind: record.KindMessage, ID: "c", Version: "v\"1é😀", Body: json.RawMessage(`{}`)},
	}, records)
}

func TestBodiesOfOneAnswerDoNotGrowIntoEachOther(t *testing.T) {
	records, _, err := decodePage(answer{head: `[0,"a","v",2,"b","v",2]`, data: []byte(`{}{}`)}, record.KindMessage)
	require.NoError(t, err)
	_ = append(records[0].Body, "overwritten"...)
	require.Equal(t, "{}", string(records[1].Body))
}

func TestABrokenAnswerIsAFaultAndNoPanic(t *testing.T) {
	for name, ans := range map[string]answer{
		"nothing":                {},
		"no list":                {head: `{"a":1}`},
		"cut in a string":        {head: `[0,"a`},
		"cut in an escape":       {head: `[0,"a\`},
		"a bad escape":           {head: `[0,"\x","v",1]`, data: []byte("x")},
		"cut after the version":  {head: `[0,"a","v"`},
		"more bytes than came":   {head: `[0,"a","v",5]`, data: []byte("1234")},
		"a number without digit": {head: `[-,"a","v",0]`},
		"a number too long":      {head: `[0,"a","v",99999999999999999999]`},
		"a word":                 {head: `[null,"a","v",0]`},
	} {
		_, _, err := decodePage(ans, record.KindMessage)
		require.Equal(t, fault.Internal, fault.CodeOf(err), name)
	}
	_, err := newLayout(store.Schema()).decodeFeed(answer{head: `[0,5,99,"a","v",0]`})
	require.Equal(t, fault.Internal, fault.CodeOf(err), "an unknown kind")
}

func FuzzDecode(f *testing.F) {
	f.Add(`[1,"a","`+version+`",2,"b","v\n",-1]`, []byte("{}"))
	f.Add(`[0,7,1,"id","v",2,0,"id","v",-1]`, []byte("{}"))
	f.Add(`["v",2,"",0]`, []byte("{}"))
	l := newLayout(store.Schema())
	f.Fuzz(func(t *testing.T, head string, data []byte) {
		ans := answer{head: head, data: data}
		records, _, err := decodePage(ans, record.KindMessage)
		size := 0
		for _, r := range records {
			size += len(r.Body)
		}
		if err == nil && size > len(data) {
			t.Error("bytes out of nowhere")
		}
		_, _ = l.decodeFeed(ans)                                     // must not panic
		_, _ = decodeResult(ans)                                     // must not panic
		_, _ = decodeStates(ans, []record.Key{{ID: "a"}, {ID: "b"}}) // must not panic
	})
}

// FuzzHeads checks that whatever Go writes for the shim is the JSON that the shim expects.
func FuzzHeads(f *testing.F) {
	f.Add("id", version, "key\x00\"\\é😀\u2028")
	l := newLayout(store.Schema())
	f.Fuzz(func(t *testing.T, id, ver, key string) {
		body, _ := json.Marshal(map[string]string{"conversation": key}) // a string always marshals
		held := record.Version(ver)
		head, data := l.batchHead([]store.Write{
			{Record: record.Record{Kind: record.KindMessage, ID: id, Version: record.Version(ver), Body: body}, If: &held},
			{Record: record.Record{Kind: record.KindSetting, ID: id, Version: record.Version(ver), Deleted: true}},
		}, true)
		var parsed struct {
			Strict bool  `json:"strict"`
			Writes []any `json:"writes"`
		}
		require.NoError(t, json.Unmarshal([]byte(head), &parsed))
		require.Len(t, parsed.Writes, 6+5)
		require.Equal(t, string(body), string(data))
		require.True(t, json.Valid([]byte(l.keysHead([]record.Key{{Kind: record.KindMessage, ID: id}}))))
		query := store.Query{Kind: record.KindMessage, Index: "conversation", From: key, Limit: 5}
		require.True(t, json.Valid([]byte(l.queryHead(query, &store.Cursor{Key: key, ID: id}))))
	})
}

func TestWhatTheBrowserSaysBecomesAFaultWithARemedy(t *testing.T) {
	for text, want := range map[string]fault.Code{
		`{"name":"QuotaExceededError","message":"x"}`:                 fault.Exhausted,
		`{"name":"Fenced"}`:                                           fault.Fenced,
		`{"name":"Conflict","kind":1,"id":"a","held":"v"}`:            fault.Conflict,
		`{"name":"Ahead","head":3}`:                                   fault.Invalid,
		`{"name":"VersionError"}`:                                     fault.Unsupported,
		`{"name":"Deleted"}`:                                          fault.Unavailable,
		`{"name":"Closed"}`:                                           fault.Unavailable,
		`{"name":"UnknownError","message":"Internal error"}`:          fault.Unavailable,
		`{"name":"TypeError","message":"undefined is not an object"}`: fault.Internal,
		`{"name":"Conflict","kind":77}`:                               fault.Internal,
		`not json`:                                                    fault.Internal,
	} {
		err := failure(parseError(text), "writing records", newLayout(store.Schema()))
		require.Equal(t, want, fault.CodeOf(err), text)
		if text != "not json" {
			require.NotEmpty(t, fault.Public(err).Remedy, text)
		}
	}
}

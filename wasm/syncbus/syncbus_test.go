package syncbus_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/wasm/syncbus"
)

func news() assistant.News {
	return assistant.News{
		Type: "state_update", Context: "sidepanel", Timestamp: 1_700_000_000_000,
		Data: assistant.NewsData{ID: "1", Origin: "abc", Reset: true},
	}
}

func TestAMessageHasExactlyTheFieldsOfTheSpecification(t *testing.T) {
	text, err := syncbus.Encode(news())
	require.NoError(t, err)
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(text, &fields))
	require.Len(t, fields, 4)
	for _, name := range []string{"type", "context", "data", "timestamp"} {
		require.Contains(t, fields, name)
	}
	back, err := syncbus.Parse(text)
	require.NoError(t, err)
	require.Equal(t, news(), back)
}

func TestAnythingElseIsMalformed(t *testing.T) {
	const data = `{"id":"1","origin":"abc"}`
	for name, text := range map[string]string{
		"nothing":             ``,
		"no object":           `[1]`,
		"cut":                 `{"type":"state_update"`,
		"a field missing":     `{"type":"state_update","context":"tab","data":` + data + `}`,
		"a field too many":    `{"type":"state_update","context":"tab","data":` + data + `,"timestamp":1,"extra":1}`,
		"another type":        `{"type":"eval","context":"tab","data":` + data + `,"timestamp":1}`,
		"another context":     `{"type":"state_update","context":"web page","data":` + data + `,"timestamp":1}`,
		"no time":             `{"type":"state_update","context":"tab","data":` + data + `,"timestamp":0}`,
		"a time in words":     `{"type":"state_update","context":"tab","data":` + data + `,"timestamp":"now"}`,
		"data is no object":   `{"type":"state_update","context":"tab","data":"x","timestamp":1}`,
		"data without id":     `{"type":"state_update","context":"tab","data":{"origin":"abc"},"timestamp":1}`,
		"changes are no list": `{"type":"state_update","context":"tab","data":{"id":"1","origin":"a","changes":5},"timestamp":1}`,
		"too large":           `{"type":"` + strings.Repeat("x", syncbus.MaxBytes) + `"}`,
	} {
		_, err := syncbus.Parse([]byte(text))
		require.Equal(t, fault.Malformed, fault.CodeOf(err), name)
	}
}

func TestANewerBuildMaySayMoreInsideData(t *testing.T) {
	_, err := syncbus.Parse([]byte(`{"type":"state_update","context":"tab","data":{"id":"1","origin":"a","future":[1]},"timestamp":1}`))
	require.NoError(t, err)
}

func TestWhatOthersWouldRefuseIsNotSent(t *testing.T) {
	wrong := news()
	wrong.Context = "nobody"
	_, err := syncbus.Encode(wrong)
	require.Equal(t, fault.Malformed, fault.CodeOf(err))
}

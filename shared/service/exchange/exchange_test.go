package exchange_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/servicetest"
)

func client(a servicetest.Answer) *exchange.Client {
	transport := servicetest.New(map[string]servicetest.Answer{"*": a})
	return exchange.New(service.Spec{URL: "http://host/", Key: "sk-1"}, transport, exchange.Dialect{Name: "Thing"}, exchange.DefaultLimits())
}

func TestTheServersOwnWordsReachThePerson(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"out of memory"}`:                                                      "out of memory",
		`{"error":{"message":"out of memory"}}`:                                          "out of memory",
		`{"error":{"code":7}}`:                                                           `{"code":7}`,
		`{"message":"out of memory"}`:                                                    "out of memory",
		`{"detail":"out of memory"}`:                                                     "out of memory",
		`{"detail":[{"loc":["body"],"msg":"field"}]}`:                                    `[{"loc":["body"],"msg":"field"}]`,
		`{"error":"out of\n\u001b[31m memory sk-1"}`:                                     "out of [31m memory ***",
		`{"status":{"error":"out of memory"},"time":0}`:                                  "out of memory",
		strings.Repeat(`{"status":`, 9000) + `{"error":"x"}` + strings.Repeat("}", 9000): "with status 500", // no deeper
		`{"error":null}`:                                                                 "with status 500",
		`<h1>oops</h1>`:                                                                  "with status 500",
		``:                                                                               "with status 500",
		`{"error":"` + strings.Repeat("\u4e16", 1000) + `"}`:                             strings.Repeat("\u4e16", 300) + "…",
	} {
		err := client(servicetest.Answer{Status: 500, Body: body}).JSON(t.Context(), "GET", "/", nil, nil, time.Second)
		assert.Contains(t, fault.Public(err).Message, want, body)
	}
}

func TestAnAnswerThatIsTooLongIsRefused(t *testing.T) {
	c := client(servicetest.Answer{Body: `"` + strings.Repeat("x", 2<<20) + `"`})
	c.Limits.MaxBody = 1 << 20
	var out string
	assert.Equal(t, fault.Malformed, fault.CodeOf(c.JSON(t.Context(), "GET", "/", nil, &out, time.Second)))
}

func TestARequestThatIsNotJSONIsRefused(t *testing.T) {
	err := client(servicetest.Answer{}).JSON(t.Context(), "POST", "/", json.RawMessage("{"), nil, time.Second)
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
}

func TestTheReadersOwnPausesAreNotSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body, err := client(servicetest.Answer{Body: "abc", Chunk: 1}).Open(t.Context(), "GET", "/", nil, exchange.Silence{First: time.Second, Idle: time.Second})
		require.NoError(t, err)
		for range 3 {
			time.Sleep(time.Hour) // passes at once: the bubble's clock
			_, err := body.Read(make([]byte, 1))
			require.NoError(t, err)
		}
		body.Close()
		body.Close()
	})
}

func TestSilenceIsSpokenInWholeUnits(t *testing.T) {
	for limit, says := range map[time.Duration]string{time.Minute: "for a minute", 5 * time.Minute: "for 5 minutes", 30 * time.Second: "for 30 seconds", time.Millisecond: "for 1ms"} {
		synctest.Test(t, func(t *testing.T) {
			err := client(servicetest.Answer{Mute: true}).JSON(t.Context(), "GET", "/", nil, nil, limit)
			assert.Equal(t, fault.Timeout, fault.CodeOf(err))
			assert.Contains(t, fault.Public(err).Message, says)
		})
	}
}

func FuzzClean(f *testing.F) {
	f.Add("out of\x1b memory\xff sk-1\u202e")
	f.Fuzz(func(t *testing.T, text string) {
		got := client(servicetest.Answer{}).Clean(text)
		assert.True(t, utf8.ValidString(got))
		assert.LessOrEqual(t, utf8.RuneCountInString(got), 301)
		assert.NotContains(t, got, "\n")
		assert.NotContains(t, got, "sk-1")
	})
}

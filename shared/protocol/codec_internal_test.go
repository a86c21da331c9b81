package protocol

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
)

func TestTheFastReaderAgreesWithEncodingJSON(t *testing.T) {
	for _, frame := range fastSeeds() {
		agree(t, []byte(frame))
	}
	e, ok := parseCanonical([]byte(`{"v":1,"id":"7","kind":"chunk","body":{"n":1,"text":"hi"}}`))
	require.True(t, ok, "a token takes the fast way")
	assert.JSONEq(t, `{"n":1,"text":"hi"}`, string(e.Body))
}

func fastSeeds() []string {
	return []string{
		`{"v":1,"id":"7","kind":"chunk","body":{"n":1}}`,
		`{"v":1,"id":"7","kind":"cancel"}`,
		`{"v":1,"id":"7","kind":"request","method":"a.b","body":"x"}`,
		`{"v":1,"id":"7","kind":"reply","body":1,"fault":{"code":"invalid","message":"m"}}`,
		`{"v":1,"id":"7","kind":"reply","body":1,"body":2}`,
		`{"v":1,"id":"7","kind":"reply","body":1},{"v":1}`,
		`{"v":1,"id":"\u0041","kind":"reply"}`,
		`{"v":12,"id":"7","kind":"reply","body":null}`,
		`{"v":1,"kind":"event","method":"news","body":[]}`,
		`{"v":1,"id":"7","kind":"chunk","body":}`,
		`{"v":1,"id":"7","kind":"chunk","body": 1 }`,
		`{ "kind": "request", "V": 1, "id": "x", "method":"m" }`,
		`{}`, ``, `}`, `{"v":1`,
	}
}

// agree holds that whatever the fast reader accepts, encoding/json reads the same way.
func agree(t *testing.T, frame []byte) {
	t.Helper()
	fast, ok := parseCanonical(frame)
	if !ok || !utf8.Valid(frame) {
		return
	}
	var slow Envelope
	require.NoError(t, json.Unmarshal(frame, &slow), "%s", frame)
	fastBody, slowBody := strings.TrimSpace(string(fast.Body)), strings.TrimSpace(string(slow.Body))
	fast.Body, slow.Body = nil, nil
	require.Equal(t, slow, fast, "%s", frame)
	require.Equal(t, slowBody, fastBody, "%s", frame)
}

func FuzzEnvelope(f *testing.F) {
	for _, s := range fastSeeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		agree(t, frame)
		e, err := parse(frame)
		if err != nil {
			require.Equal(t, fault.Malformed, fault.CodeOf(err))
			return
		}
		var body any
		if e.Body != nil {
			body = e.Body
		}
		again, err := encode(e, body)
		require.NoError(t, err)
		back, err := parse(again)
		require.NoError(t, err, "%s", again)
		require.Equal(t, e, back)
	})
}

func TestPartsStayWithinTheLimitAndJoinToTheSameText(t *testing.T) {
	texts := []string{strings.Repeat("x", 3000), strings.Repeat(`{"a":"\\\""}`, 400), strings.Repeat("😀", 999), strings.Repeat("\u2028é\x01", 500)}
	for _, limit := range []int{minFrame, 600, 1021, 4096} {
		for _, text := range texts {
			joined(t, []byte(text), limit)
		}
	}
}

func joined(t *testing.T, text []byte, limit int) {
	t.Helper()
	c := &cutter{v: 1, limit: limit, id: "p1", rest: text}
	a := &assembler{maxOpen: 1, maxBytes: len(text)*3 + 1}
	for {
		frame, last := c.next()
		require.LessOrEqual(t, len(frame), limit)
		e, err := parse(frame)
		require.NoError(t, err)
		var p Part
		require.NoError(t, json.Unmarshal(e.Body, &p))
		whole, err := a.add(e.ID, p)
		require.NoError(t, err)
		require.Equal(t, last, whole != nil || p.Last)
		if last {
			require.Equal(t, strings.ToValidUTF8(string(text), "\uFFFD") == string(text), string(whole) == string(text))
			require.Zero(t, a.bytes)
			require.Empty(t, a.open)
			return
		}
		require.NotEmpty(t, p.Data, "every part brings the frame on")
	}
}

func FuzzParts(f *testing.F) {
	f.Add([]byte("hello \"you\" \\ 😀"), 0, int64(1))
	f.Fuzz(func(t *testing.T, text []byte, limit int, seed int64) {
		joined(t, text, minFrame+abs(limit)%2000)
		random := rand.New(rand.NewPCG(uint64(seed), 1)) //nolint:gosec // any sequence will do
		a := &assembler{maxOpen: 3, maxBytes: 4096}
		for range 200 {
			p := Part{N: random.IntN(3), Last: random.IntN(4) == 0, Data: string(text)}
			_, _ = a.add(string(rune('a'+random.IntN(5))), p)
			require.LessOrEqual(t, len(a.open), 3)
			require.True(t, a.bytes >= 0 && a.bytes <= 4096)
		}
	})
}

func abs(n int) int {
	if n < 0 {
		return max(-n, 0)
	}
	return n
}

func TestALargeFrameLetsOthersPassButNotItsOwnStream(t *testing.T) {
	p := NewPeer(nil, Options{MaxFrame: minFrame})
	done := make(chan struct{})
	for _, l := range []letter{
		{address{true, "big"}, []byte(`{"v":1,"id":"big","kind":"chunk","body":"` + strings.Repeat("x", 5*minFrame) + `"}`)},
		{address{true, "big"}, []byte(`{"v":1,"id":"big","kind":"reply"}`)},
		{address{true, "small"}, []byte(`{"v":1,"id":"small","kind":"reply"}`)},
	} {
		require.NoError(t, p.out.put(t.Context(), done, l))
	}
	var order []string
	_ = p.out.run(done, func(frame []byte) error {
		e, err := parse(frame)
		require.NoError(t, err)
		order = append(order, e.ID)
		if e.ID == "big" {
			close(done)
		}
		return nil
	})
	assert.Equal(t, "p1", order[0])
	assert.Contains(t, order[1:4], "small", "does not wait for the large frame")
	assert.Equal(t, "big", order[len(order)-1], "waits for the parts of its own stream")
}

func TestEscapesAreTheFewestThatJSONAllows(t *testing.T) {
	for _, s := range []string{"plain", "\"\\\n\x00\x1f", "é😀\u2028<>&", "\xff"} {
		var back string
		require.NoError(t, json.Unmarshal([]byte(`"`+string(appendEscaped(nil, s))+`"`), &back))
		assert.Equal(t, strings.ToValidUTF8(s, "\uFFFD"), back)
	}
	assert.Equal(t, "é😀<>&", string(appendEscaped(nil, "é😀<>&")))
}

package protocol_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

func TestSidesAgreeOnTheNewestVersionThatBothSpeak(t *testing.T) {
	a, b := protocol.Pipe()
	view := protocol.NewPeer(a, protocol.Options{Hello: protocol.Hello{Min: 1, Max: 3, App: "kai-view"}})
	run(t, view)
	far := raw{t, b}
	assert.Equal(t, 1, far.receive().V, "hello is said in the oldest version")
	far.send(`{"v":2,"id":"h","kind":"request","method":"hello","body":{"min":2,"max":2,"app":"kai","capabilities":["run"]}}`)
	far.receive()
	partner, err := view.Partner(t.Context())
	require.NoError(t, err)
	assert.Equal(t, protocol.Hello{Min: 2, Max: 2, App: "kai", Capabilities: []string{"run"}}, partner)
	require.NoError(t, view.Notify(t.Context(), "news", nil))
	assert.Equal(t, 2, far.receive().V)
}

func TestSidesThatDoNotShareAVersionTellBothPeopleWhichToUpdate(t *testing.T) {
	old := protocol.Hello{Min: 1, Max: 1, App: "kai", Version: "0.1.0"}
	recent := protocol.Hello{Min: 2, Max: 3, App: "kai-runtime", Version: "0.9.0"}
	for name, sides := range map[string][2]protocol.Hello{
		"an old host, a new extension": {old, recent},
		"a new host, an old extension": {
			{Min: 2, Max: 3, App: "kai", Version: "0.9.0"}, {Min: 1, Max: 1, App: "kai-runtime", Version: "0.1.0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := protocol.Pipe()
			left := protocol.NewPeer(a, protocol.Options{Hello: sides[0], Handler: echo()})
			right := protocol.NewPeer(b, protocol.Options{Hello: sides[1], Handler: echo()})
			leftEnded, rightEnded := run(t, left), run(t, right)
			want := map[string]string{"kai": "update the kai program", "kai-runtime": "update the kAI extension"}
			older := sides[0]
			if sides[1].Max < older.Max {
				older = sides[1]
			}
			for _, p := range []*protocol.Peer{left, right} {
				_, err := p.Partner(t.Context())
				var f *fault.Fault
				require.ErrorAs(t, err, &f)
				assert.Equal(t, fault.Unsupported, f.Code)
				assert.Contains(t, f.Message, "0.1.0 is older")
				assert.Contains(t, f.Message, "version 1")
				assert.Equal(t, want[older.App], f.Remedy)
				assert.ErrorIs(t, p.Call(t.Context(), "echo", nil, nil), f, "every call says the same")
			}
			assert.Equal(t, fault.Unsupported, fault.CodeOf(<-leftEnded))
			assert.Equal(t, fault.Unsupported, fault.CodeOf(<-rightEnded))
		})
	}
}

func TestAnOldPartnerReadsTheRefusalBeforeTheEnd(t *testing.T) {
	a, b := protocol.Pipe()
	run(t, protocol.NewPeer(a, protocol.Options{Hello: protocol.Hello{Min: 4, Max: 4}}))
	far := raw{t, b}
	far.receive()
	far.send(`{"v":1,"id":"h","kind":"request","method":"hello","body":{"min":1,"max":1,"app":"kai-view"}}`)
	answer := far.receive()
	assert.Equal(t, "h", answer.ID)
	require.NotNil(t, answer.Fault)
	assert.Equal(t, fault.Unsupported, answer.Fault.Code)
	assert.Equal(t, "update the kAI extension", answer.Fault.Remedy)
}

func TestAHelloThatMakesNoSenseIsMalformed(t *testing.T) {
	for _, body := range []string{`{"min":3,"max":1}`, `{}`, `"hi"`, `{"min":-1,"max":1}`} {
		a, b := protocol.Pipe()
		ended := run(t, protocol.NewPeer(a, protocol.Options{}))
		raw{t, b}.send(`{"v":1,"id":"h","kind":"request","method":"hello","body":` + body + `}`)
		assert.Equal(t, fault.Malformed, fault.CodeOf(<-ended), body)
	}
}

func TestAPartnerThatRefusesOurHelloIsBelieved(t *testing.T) {
	a, b := protocol.Pipe()
	peer := protocol.NewPeer(a, protocol.Options{})
	run(t, peer)
	far := raw{t, b}
	far.send(`{"v":1,"id":"` + far.receive().ID + `","kind":"reply","fault":{"code":"unauthorized","message":"who are you?"}}`)
	_, err := peer.Partner(t.Context())
	assert.Equal(t, fault.Unauthorized, fault.CodeOf(err))
}

package protocol_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// raw is the far end of a peer under test, driven frame by frame.
type raw struct {
	t    testing.TB
	conn protocol.Conn
}

// against runs a peer and returns the far end of its connection with the hellos exchanged, and what Run will return.
func against(t testing.TB, opt protocol.Options) (raw, <-chan error) {
	t.Helper()
	a, b := protocol.Pipe()
	opt.Hello.App = "kai"
	ended := run(t, protocol.NewPeer(a, opt))
	r := raw{t: t, conn: b}
	require.Equal(t, "hello", r.receive().Method)
	r.send(`{"v":1,"id":"hello","kind":"request","method":"hello","body":{"min":1,"max":1,"app":"kai-view"}}`)
	require.Equal(t, protocol.KindReply, r.receive().Kind)
	return r, ended
}

func (r raw) send(frame string) {
	r.t.Helper()
	require.NoError(r.t, r.conn.Send(r.t.Context(), []byte(frame)))
}

func (r raw) receive() protocol.Envelope {
	r.t.Helper()
	frame, err := r.conn.Receive(r.t.Context())
	require.NoError(r.t, err)
	var e protocol.Envelope
	require.NoError(r.t, json.Unmarshal(frame, &e))
	return e
}

// alive proves that the connection still works.
func (r raw) alive() {
	r.t.Helper()
	r.send(`{"v":1,"id":"alive","kind":"request","method":"echo","body":"yes"}`)
	for {
		if e := r.receive(); e.ID == "alive" {
			require.JSONEq(r.t, `"yes"`, string(e.Body))
			return
		}
	}
}

func TestABadFrameIsAnsweredAndSurvived(t *testing.T) {
	for name, c := range map[string]struct {
		frame, id string
		code      fault.Code
	}{
		"not JSON":              {`{"v":1,`, "", fault.Malformed},
		"not an object":         {`[1,2]`, "", fault.Malformed},
		"not UTF-8":             {"{\"v\":1,\"id\":\"\xff\"}", "", fault.Malformed},
		"two values":            {`{"v":1,"id":"a","kind":"cancel"} {}`, "", fault.Malformed},
		"unknown kind":          {`{"v":1,"id":"a","kind":"shout"}`, "", fault.Malformed},
		"no version":            {`{"id":"a","kind":"request","method":"echo"}`, "a", fault.Malformed},
		"a version to come":     {`{"v":9,"id":"a","kind":"request","method":"echo"}`, "a", fault.Malformed},
		"request without id":    {`{"v":1,"kind":"request","method":"echo"}`, "", fault.Malformed},
		"request with long id":  {`{"v":1,"id":"` + strings.Repeat("i", 200) + `","kind":"request","method":"echo"}`, "", fault.Malformed},
		"no method":             {`{"v":1,"id":"a","kind":"request"}`, "a", fault.Malformed},
		"long method":           {`{"v":1,"id":"a","kind":"request","method":"` + strings.Repeat("m", 200) + `"}`, "a", fault.Malformed},
		"body of another type":  {`{"v":1,"id":"a","kind":"request","method":"count","body":"x"}`, "a", fault.Invalid},
		"unknown method":        {`{"v":1,"id":"a","kind":"request","method":"format.disk"}`, "a", fault.Unsupported},
		"credit of nothing":     {`{"v":1,"id":"a","kind":"event","method":"stream.credit","body":{"n":0}}`, "", fault.Malformed},
		"credit of a lie":       {`{"v":1,"id":"a","kind":"event","method":"stream.credit","body":{"n":99999999}}`, "", fault.Malformed},
		"part without the rest": {`{"v":1,"id":"p","kind":"chunk","method":"frame.part","body":{"n":3,"data":"x"}}`, "", fault.Malformed},
		"part that is no part":  {`{"v":1,"id":"p","kind":"chunk","method":"frame.part","body":7}`, "", fault.Malformed},
		"part with bad inside":  {`{"v":1,"id":"p","kind":"chunk","method":"frame.part","body":{"n":0,"last":true,"data":"{"}}`, "", fault.Malformed},
		"part within a part": {`{"v":1,"id":"p","kind":"chunk","method":"frame.part","body":{"n":0,"last":true,"data":` +
			`"{\"v\":1,\"id\":\"q\",\"kind\":\"chunk\",\"method\":\"frame.part\",\"body\":{\"n\":0,\"last\":true,\"data\":\"\"}}"}}`, "", fault.Malformed},
		"empty part": {`{"v":1,"id":"p","kind":"chunk","method":"frame.part","body":{"n":0,"last":true,"data":""}}`, "", fault.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			far, _ := against(t, protocol.Options{Handler: echo()})
			far.send(c.frame)
			answer := far.receive()
			assert.Equal(t, protocol.KindReply, answer.Kind)
			assert.Equal(t, c.id, answer.ID)
			require.NotNil(t, answer.Fault)
			assert.Equal(t, c.code, answer.Fault.Code)
			far.alive()
		})
	}
}

func TestFramesAboutNothingWeKnowAreIgnored(t *testing.T) {
	far, _ := against(t, protocol.Options{Handler: echo()})
	for _, frame := range []string{
		`{"v":1,"id":"zz","kind":"reply","body":1}`,
		`{"v":1,"kind":"reply","fault":{"code":"malformed","message":"what?"}}`,
		`{"v":1,"id":"zz","kind":"chunk","body":1}`,
		`{"v":1,"id":"zz","kind":"cancel"}`,
		`{"v":1,"id":"zz","kind":"event","method":"stream.credit","body":{"n":1}}`,
		`{"v":1,"kind":"event","method":"news"}`,
		`{"v":1,"id":"zz","kind":"reply","body":1,"later":"a member that a newer partner added"}`,
	} {
		far.send(frame)
	}
	far.alive()
}

func TestAPartnerThatOnlySendsRubbishIsGivenUp(t *testing.T) {
	far, ended := against(t, protocol.Options{Handler: echo(), MaxMalformed: 3})
	for range 4 {
		far.send("rubbish")
	}
	for range 4 {
		assert.Equal(t, fault.Malformed, far.receive().Fault.Code)
	}
	assert.Equal(t, fault.Malformed, fault.CodeOf(<-ended))
	_, err := far.conn.Receive(t.Context())
	assert.ErrorIs(t, err, io.EOF)
}

func TestMemoryHasLimits(t *testing.T) {
	for name, c := range map[string]struct {
		frames func(n int) string
		code   fault.Code
	}{
		"a frame over the limit": {func(int) string { return `"` + strings.Repeat("x", 5000) + `"` }, fault.Malformed},
		"parts that never end": {func(n int) string {
			return fmt.Sprintf(`{"v":1,"id":"p","kind":"chunk","method":"frame.part","body":{"n":%d,"data":"%s"}}`, n, strings.Repeat("x", 900))
		}, fault.Exhausted},
		"beginnings without an end": {func(n int) string {
			return fmt.Sprintf(`{"v":1,"id":"p%d","kind":"chunk","method":"frame.part","body":{"n":0,"data":"x"}}`, n)
		}, fault.Exhausted},
	} {
		t.Run(name, func(t *testing.T) {
			far, ended := against(t, protocol.Options{MaxMessage: 4096, MaxFragments: 4})
			for n := range 10 {
				if far.conn.Send(t.Context(), []byte(c.frames(n))) != nil {
					break
				}
			}
			assert.Equal(t, c.code, fault.CodeOf(<-ended))
			assert.Equal(t, c.code, far.receive().Fault.Code, "the partner is told why")
		})
	}
}

func TestRequestsAtATimeHaveALimitAndIdsAreUsedOnce(t *testing.T) {
	far, _ := against(t, protocol.Options{Handler: echo(), MaxRequests: 2})
	far.send(`{"v":1,"id":"a","kind":"request","method":"wait"}`)
	far.send(`{"v":1,"id":"a","kind":"request","method":"echo"}`)
	assert.Equal(t, fault.Conflict, far.receive().Fault.Code)
	far.send(`{"v":1,"id":"b","kind":"request","method":"wait"}`)
	far.send(`{"v":1,"id":"c","kind":"request","method":"echo"}`)
	assert.Equal(t, fault.Exhausted, far.receive().Fault.Code)
	far.send(`{"v":1,"id":"a","kind":"cancel"}`)
	answer := far.receive()
	assert.Equal(t, "a", answer.ID)
	assert.Equal(t, fault.Canceled, answer.Fault.Code)
	far.send(`{"v":1,"id":"a","kind":"request","method":"echo","body":2}`)
	assert.Equal(t, "2", string(far.receive().Body), "an id is free again after its reply")
}

func TestAFloodOfChunksWithoutCreditBreaksOnlyItsStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := protocol.Pipe()
		peer, far := protocol.NewPeer(a, protocol.Options{Handler: echo()}), raw{t, b}
		run(t, peer)
		far.receive()
		far.send(`{"v":1,"id":"h","kind":"request","method":"hello","body":{"min":1,"max":1}}`)
		far.receive()
		failed := make(chan error, 1)
		hold, taken := make(chan struct{}), 0
		go func() {
			failed <- peer.Stream(context.Background(), "talk", nil, func(json.RawMessage) error { <-hold; taken++; return nil }, nil)
		}()
		id := far.receive().ID
		for range 100 {
			far.send(`{"v":1,"id":"` + id + `","kind":"chunk","body":1}`)
		}
		synctest.Wait()
		close(hold)
		assert.Equal(t, fault.Malformed, fault.CodeOf(<-failed))
		assert.Equal(t, protocol.InitialCredit, taken, "what was asked for is kept, no more")
		far.alive()
	})
}

func TestAPartnerThatFloodsAndDoesNotReadIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		frame string
		code  fault.Code
	}{
		"with rubbish":  {`{"v":1,"id":"x","kind":"cancel"}{`, fault.Malformed},
		"with requests": {`{"v":1,"id":"x","kind":"request","method":"echo"}`, fault.Exhausted},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // its clock skips the time that the farewell waits in vain
				far, ended := against(t, protocol.Options{Handler: echo(), MaxRequests: 1})
				far.send(`{"v":1,"id":"first","kind":"request","method":"wait"}`)
				for far.conn.Send(t.Context(), []byte(c.frame)) == nil {
				}
				assert.Equal(t, c.code, fault.CodeOf(<-ended))
			})
		})
	}
}

func TestAPartnerThatNeverSaysHelloIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := protocol.Pipe()
		peer := protocol.NewPeer(a, protocol.Options{HelloWithin: time.Minute})
		ended, called := run(t, peer), make(chan error, 1)
		go func() { called <- peer.Call(t.Context(), "echo", nil, nil) }()
		assert.Equal(t, fault.Timeout, fault.CodeOf(<-ended))
		assert.Equal(t, fault.Unavailable, fault.CodeOf(<-called))
	})
}

func TestARequestBeforeHelloIsRefused(t *testing.T) {
	a, b := protocol.Pipe()
	run(t, protocol.NewPeer(a, protocol.Options{Handler: echo()}))
	far := raw{t, b}
	far.send(`{"v":1,"id":"a","kind":"request","method":"echo"}`)
	assert.Equal(t, "hello", far.receive().Method)
	assert.Equal(t, fault.Malformed, far.receive().Fault.Code)
}

func TestAnUnknownFaultCodeReadsAsInternal(t *testing.T) {
	a, b := protocol.Pipe()
	peer, far := protocol.NewPeer(a, protocol.Options{}), raw{t, b}
	run(t, peer)
	far.receive()
	far.send(`{"v":1,"id":"h","kind":"request","method":"hello","body":{"min":1,"max":1}}`)
	far.receive()
	failed := make(chan error, 1)
	go func() { failed <- peer.Call(context.Background(), "x", nil, nil) }()
	far.send(`{"v":1,"id":"` + far.receive().ID + `","kind":"reply","fault":{"code":"on_fire","message":"hot"}}`)
	err := <-failed
	assert.Equal(t, fault.Internal, fault.CodeOf(err))
	assert.Contains(t, err.Error(), "hot")
}

// Frames that nobody asked for cost the other side its connection when nothing else comes.
func TestAFloodOfUselessFramesEndsTheConnection(t *testing.T) {
	for name, frame := range map[string]string{
		"events":   `{"v":1,"kind":"event","method":"news","body":1}`,
		"replies":  `{"v":1,"id":"zz","kind":"reply","body":1}`,
		"chunks":   `{"v":1,"id":"zz","kind":"chunk","body":1}`,
		"cancels":  `{"v":1,"id":"zz","kind":"cancel"}`,
		"credit":   `{"v":1,"id":"zz","kind":"event","method":"stream.credit","body":{"n":1}}`,
		"requests": `{"v":1,"id":"zz","kind":"request","method":"anything"}`,
		"hellos":   `{"v":1,"id":"hello","kind":"request","method":"hello","body":{"min":1,"max":1,"app":"kai"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			r, ended := against(t, protocol.Options{})
			go func() {
				for {
					if _, err := r.conn.Receive(context.Background()); err != nil {
						return
					}
				}
			}()
			for range 100_000 {
				if r.conn.Send(t.Context(), []byte(frame)) != nil {
					break
				}
			}
			err := <-ended
			assert.Contains(t, []fault.Code{fault.Malformed, fault.Exhausted}, fault.CodeOf(err))
			assert.ErrorContains(t, err, "floods")
		})
	}
}

func TestAPeerGivesASignOfLifeByItself(t *testing.T) {
	r, _ := against(t, protocol.Options{})
	r.send(`{"v":1,"id":"a","kind":"request","method":"alive"}`)
	e := r.receive()
	assert.Equal(t, "a", e.ID)
	assert.Nil(t, e.Fault)
}

// A partner of before the method says that it does not know it: it lives.
func TestAnOldPartnerThatRefusesToSayThatItLivesLives(t *testing.T) {
	a, b := protocol.Pipe()
	p := protocol.NewPeer(a, protocol.Options{})
	run(t, p)
	r := raw{t: t, conn: b}
	require.Equal(t, "hello", r.receive().Method)
	r.send(`{"v":1,"id":"hello","kind":"request","method":"hello","body":{"min":1,"max":1,"app":"kai"}}`)
	r.receive()
	told := make(chan error, 1)
	go func() { told <- p.Alive(t.Context()) }()
	r.send(`{"v":1,"id":"` + r.receive().ID + `","kind":"reply","fault":{"code":"unsupported","message":"not known"}}`)
	assert.NoError(t, <-told)
}

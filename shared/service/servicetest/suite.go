package servicetest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Fixture is a kind of service with answers recorded from a real one.
type Fixture struct {
	Definition service.Definition
	Ready      map[string]Answer // a probe that finds Model
	NoModels   map[string]Answer // a probe that finds none
	Model      string
	Silent     bool   // it speaks no HTTP, so that silence is a good sign
	ChatRoute  string // "POST /api/chat"
	Chat       Answer
	Text       string // what Chat's answer says
	NoModel    Answer // to ChatRoute when the model is not there
}

// The address and key that the suite connects to; the key must never be seen in words for people.
const (
	address = "http://127.0.0.1:4711"
	key     = service.Secret("sk-never-shown")
)

// Run holds a connector of models that chat to what every such connector promises.
func Run(t *testing.T, f Fixture) {
	RunProbe(t, f)
	t.Run("chat", func(t *testing.T) { f.chats(t) })
}

// RunProbe holds a connector of any kind to what every connector promises. A kind without models has no NoModels and Model.
func RunProbe(t *testing.T, f Fixture) {
	t.Run("probe", func(t *testing.T) { f.probes(t) })
	t.Run("capabilities name the powers that it has", f.capabilities)
}

func (f Fixture) connect(script map[string]Answer) service.Connector {
	return f.Definition.New(service.Spec{Kind: f.Definition.Kind, URL: address, Key: key}, New(script))
}

func (f Fixture) capabilities(t *testing.T) {
	c := f.connect(nil)
	claimed := map[service.Capability]bool{}
	for _, one := range c.Capabilities() {
		claimed[one] = true
	}
	_, chats := c.(service.Chatter)
	_, embeds := c.(service.Embedder)
	_, manages := c.(service.ModelManager)
	_, paints := c.(service.Painter)
	_, indexes := c.(service.VectorIndex)
	for power, has := range map[service.Capability]bool{
		service.CanChat: chats, service.CanEmbed: embeds, service.CanManage: manages, service.CanPaint: paints, service.CanIndex: indexes,
	} {
		if claimed[power] != has {
			t.Errorf("claims %s: %v, has it: %v", power, claimed[power], has)
		}
	}
}

type probeCase struct {
	script map[string]Answer
	want   service.State
}

// all makes a script that answers everything alike.
func all(a Answer) map[string]Answer { return map[string]Answer{"*": a} }

func page(status int, text string) Answer {
	return Answer{Status: status, Header: map[string]string{"content-type": "text/html; charset=utf-8"}, Body: text}
}

func object(status int, text string) Answer {
	return Answer{Status: status, Header: map[string]string{"content-type": "application/json"}, Body: text}
}

func (f Fixture) probeCases() map[string]probeCase {
	cases := map[string]probeCase{
		"ready":                        {f.Ready, service.StateReady},
		"nobody listens":               {all(Answer{Fail: fault.New(fault.Unavailable, "connection refused")}), service.StateOffline},
		"a broken transport":           {all(Answer{Fail: errors.New("odd")}), service.StateOffline},
		"the browser is refused":       {all(Answer{Fail: fault.New(fault.Forbidden, "blocked")}), service.StateForbidden},
		"403":                          {all(Answer{Status: 403}), service.StateForbidden},
		"401":                          {all(object(401, `{"error":"no key `+string(key)+`"}`)), service.StateUnauth},
		"a web page":                   {all(page(200, "<!doctype html><title>My &amp; router</title>")), service.StateWrong},
		"a web page without a type":    {all(Answer{Body: "<html></html>"}), service.StateWrong},
		"another JSON":                 {all(object(200, `{"hello":"world"}`)), service.StateWrong},
		"another JSON, a list":         {all(object(200, `"text"`)), service.StateWrong},
		"null":                         {all(object(200, `null`)), service.StateWrong},
		"half a JSON":                  {all(object(200, `{"models":[`)), service.StateWrong},
		"nothing":                      {all(object(200, ``)), service.StateWrong},
		"404 in words":                 {all(Answer{Status: 404, Body: "not here"}), service.StateWrong},
		"404 in JSON":                  {all(object(404, `{"detail":"Not Found"}`)), service.StateWrong},
		"sent elsewhere":               {all(Answer{Status: 302, Header: map[string]string{"location": "https://example.org/login"}}), service.StateWrong},
		"500":                          {all(object(500, `{"error":"boom `+string(key)+`"}`)), service.StateError},
		"502 from a proxy":             {all(page(502, "<title>Bad gateway</title>")), service.StateError},
		"429":                          {all(object(429, `{"error":{"message":"slow down"}}`)), service.StateError},
		"takes the call, says nothing": {all(Answer{Mute: true}), service.StateTimeout},
		"stops inside the answer":      {all(Answer{Body: `{"mod`, Hang: true}), service.StateTimeout},
		"breaks inside the answer":     {all(Answer{Body: `{"mod`, Break: errors.New("reset")}), service.StateError},
	}
	if f.Silent {
		cases["takes the call, says nothing"] = probeCase{all(Answer{Mute: true}), service.StateReady}
		cases["stops inside the answer"] = probeCase{all(Answer{Body: `{"mod`, Hang: true}), service.StateReady}
	}
	if f.NoModels != nil {
		cases["no models"] = probeCase{f.NoModels, service.StateNoModels}
	}
	return cases
}

func (f Fixture) probes(t *testing.T) {
	for name, c := range f.probeCases() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // timeouts pass at once
				health, err := f.connect(c.script).Probe(t.Context())
				if err != nil || health.State != c.want {
					t.Fatalf("got %q (%s), %v; want %q", health.State, health.Detail, err, c.want)
				}
				f.checkDetail(t, health)
			})
		})
	}
	t.Run("the caller gives up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if health, err := f.connect(all(Answer{Mute: true})).Probe(ctx); fault.CodeOf(err) != fault.Canceled {
				t.Fatalf("got %v, %v", health, err)
			}
		})
	})
}

func (f Fixture) checkDetail(t *testing.T, h service.Health) {
	t.Helper()
	if h.State == service.StateReady && f.Model != "" && (len(h.Models) == 0 || h.Models[0].Name != f.Model) {
		t.Errorf("models are %v, want %s first", h.Models, f.Model)
	}
	if len(h.Detail) < 20 || h.Detail[:1] != strings.ToUpper(h.Detail[:1]) || strings.Contains(h.Detail, string(key)) {
		t.Errorf("not a sentence for a person: %q", h.Detail)
	}
	t.Log(h.Detail)
}

// collect chats and gathers what was said before it ended.
func (f Fixture) collect(ctx context.Context, a Answer) (text string, result service.ChatResult, err error) {
	c := f.connect(map[string]Answer{f.ChatRoute: a})
	result, err = c.(service.Chatter).Chat(ctx, f.request(), func(d service.ChatDelta) error {
		text += d.Text
		return nil
	})
	if err != nil && strings.Contains(err.Error(), string(key)) {
		err = errors.New("the key is shown in an error")
	}
	return text, result, err
}

func (f Fixture) request() service.ChatRequest {
	return service.ChatRequest{Model: f.Model, Messages: []service.ChatMessage{{Role: "user", Content: "hello kai"}}}
}

func (f Fixture) chats(t *testing.T) {
	t.Run("any chunking is the same answer", func(t *testing.T) {
		for _, size := range []int{0, 1, 2, 3, 7, 64, 1000} {
			a := f.Chat
			a.Chunk = size
			text, result, err := f.collect(t.Context(), a)
			if err != nil || text != f.Text || result.Reason != "stop" || result.Tokens == 0 {
				t.Fatalf("chunks of %d: %q, %+v, %v", size, text, result, err)
			}
		}
	})
	t.Run("a cut anywhere is told, and what had come is kept", f.cuts)
	t.Run("a connection that breaks is told", func(t *testing.T) {
		a := f.Chat
		a.Body, a.Break = a.Body[:len(a.Body)/2], errors.New("reset")
		text, _, err := f.collect(t.Context(), a)
		if fault.CodeOf(err) != fault.Unavailable || text == "" || !strings.HasPrefix(f.Text, text) {
			t.Fatalf("%q, %v", text, err)
		}
	})
	t.Run("silence", f.silences)
	t.Run("refusals", f.refusals)
	t.Run("the reader's own error ends it", f.readerEnds)
	t.Run("a chat without a model is not sent", func(t *testing.T) {
		_, err := f.connect(nil).(service.Chatter).Chat(t.Context(), service.ChatRequest{}, nil)
		if f := fault.Public(err); f == nil || f.Code != fault.Invalid || f.Field != "model" {
			t.Fatal(err)
		}
	})
}

// cuts ends the answer after each byte. Only cuts behind the last message may pass for whole.
func (f Fixture) cuts(t *testing.T) {
	told := 0
	for n := range len(f.Chat.Body) {
		a := f.Chat
		a.Body = a.Body[:n]
		text, _, err := f.collect(t.Context(), a)
		if !strings.HasPrefix(f.Text, text) || (err == nil && text != f.Text) {
			t.Fatalf("cut at %d of %d: %q, %v", n, len(f.Chat.Body), text, err)
		}
		if err != nil {
			told++
			if code := fault.CodeOf(err); code != fault.Unavailable && code != fault.Malformed {
				t.Fatalf("cut at %d: %v", n, err)
			}
		}
	}
	if told < len(f.Chat.Body)/3 {
		t.Errorf("only %d of %d cuts were told", told, len(f.Chat.Body))
	}
}

func (f Fixture) silences(t *testing.T) {
	for name, a := range map[string]Answer{
		"before the answer": {Mute: true},
		"before the first":  {Hang: true, Header: f.Chat.Header},
		"inside the answer": {Hang: true, Header: f.Chat.Header, Body: f.Chat.Body[:len(f.Chat.Body)/2]},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				text, _, err := f.collect(t.Context(), a)
				if patient := time.Since(start) >= 3*time.Minute; patient != (a.Body == "") {
					t.Errorf("gave up after %s: loading a model may take minutes, a pause inside an answer not", time.Since(start))
				}
				if public := fault.Public(err); public == nil || public.Code != fault.Timeout || public.Remedy == "" {
					t.Fatalf("%q, %v", text, err)
				}
				if a.Body != "" && text == "" {
					t.Fatal("what had come is lost")
				}
			})
		})
		t.Run(name+", given up", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				go func() { synctest.Wait(); cancel() }()
				if _, _, err := f.collect(ctx, a); fault.CodeOf(err) != fault.Canceled {
					t.Fatal(err)
				}
			})
		})
	}
}

func (f Fixture) refusals(t *testing.T) {
	long, _ := json.Marshal(strings.Repeat("x", 5<<20))
	for name, c := range map[string]struct {
		answer Answer
		want   fault.Code
	}{
		"no such model":      {f.NoModel, fault.NotFound},
		"a web page":         {page(200, "<html>"), fault.Malformed},
		"plain words":        {Answer{Body: "hello"}, fault.Malformed},
		"401":                {Answer{Status: 401}, fault.Unauthorized},
		"403":                {Answer{Status: 403}, fault.Forbidden},
		"404 in words":       {Answer{Status: 404, Body: "404 page not found"}, fault.Malformed},
		"400":                {object(400, `{"error":"bad `+string(key)+`"}`), fault.Invalid},
		"lacks the ability":  {object(400, `{"error":{"message":"m does not support tools"}}`), fault.Unsupported},
		"429":                {object(429, `{"error":"slow down"}`), fault.Exhausted},
		"500":                {object(500, `{"error":"boom"}`), fault.Unavailable},
		"503 in HTML":        {page(503, "<h1>busy</h1>"), fault.Unavailable},
		"nobody listens":     {Answer{Fail: fault.New(fault.Unavailable, "refused")}, fault.Unavailable},
		"an endless message": {Answer{Header: f.Chat.Header, Body: "data: " + string(long)}, fault.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			text, _, err := f.collect(t.Context(), c.answer)
			public := fault.Public(err)
			if fault.CodeOf(err) != c.want || text != "" {
				t.Fatalf("%q, %v", text, err)
			}
			if c.want == fault.NotFound && (!strings.Contains(public.Message, f.Model) || public.Remedy == "") {
				t.Fatalf("the model or the way out is not named: %+v", public)
			}
			t.Log(public.Message, "|", public.Remedy)
		})
	}
}

func (f Fixture) readerEnds(t *testing.T) {
	enough := errors.New("enough")
	calls := 0
	c := f.connect(map[string]Answer{f.ChatRoute: f.Chat})
	_, err := c.(service.Chatter).Chat(t.Context(), f.request(), func(service.ChatDelta) error {
		calls++
		return enough
	})
	if !errors.Is(err, enough) || calls != 1 {
		t.Fatalf("%d calls, %v", calls, err)
	}
}

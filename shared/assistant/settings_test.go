package assistant

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/openai"
)

func TestSettingsArePatched(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		assert.Equal(t, "system", ask[Snapshot](w, MethodSnapshot, Empty{}).Settings.Theme)
		ask[Settings](w, MethodSettingsSet, map[string]any{"theme": "dark", "welcomed": true})
		s := ask[Settings](w, MethodSettingsSet, map[string]any{"systemPrompt": "Be brief."})
		assert.Equal(t, Settings{Theme: "dark", Welcomed: true, SystemPrompt: "Be brief."}, s)
		assert.Equal(t, s, ask[Snapshot](w, MethodSnapshot, Empty{}).Settings)
		before := len(w.allNews())
		ask[Settings](w, MethodSettingsSet, map[string]any{"theme": "dark"})
		assert.Len(t, w.allNews(), before, "nothing changed is no news")
	})
}

func TestWrongSettingsAreRefusedWithTheirField(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		for _, tc := range []struct {
			patch map[string]any
			field string
		}{
			{map[string]any{"theme": "pink"}, "theme"},
			{map[string]any{"theme": 7}, "theme"},
			{map[string]any{"theme": nil}, "theme"},
			{map[string]any{"language": "tlh"}, "language"},
			{map[string]any{"language": "DE"}, "language"},
			{map[string]any{"colour": "red"}, "colour"},
			{map[string]any{"Theme": "dark"}, "Theme"},
			{map[string]any{"defaultService": "none"}, "defaultService"},
			{map[string]any{"systemPrompt": strings.Repeat("x", 33<<10)}, "systemPrompt"},
			{map[string]any{"defaultModel": strings.Repeat("x", 600)}, "defaultModel"},
		} {
			_, err := try[Settings](w, MethodSettingsSet, tc.patch)
			assert.Equal(t, tc.field, fault.Public(err).Field, "%v", err)
		}
		assert.Equal(t, 0, w.alive(record.KindSetting))
	})
}

func TestADefaultModelBelongsToItsService(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		one, two := w.connect("ollama", "http://one:1"), w.connect("ollama", "http://two:2")
		ask[Settings](w, MethodSettingsSet, map[string]any{"defaultService": one.ID, "defaultModel": "m"})
		s := ask[Settings](w, MethodSettingsSet, map[string]any{"defaultService": two.ID})
		assert.Empty(t, s.DefaultModel)
		ask[Empty](w, MethodServiceRemove, ByID{two.ID})
		assert.Empty(t, ask[Snapshot](w, MethodSnapshot, Empty{}).Settings.DefaultService)
	})
}

func TestAServicesKeyNeverLeaves(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		key := "sk-very-secret"
		var mu sync.Mutex // guards probed
		var probed []service.Secret
		w.gateway.probe = func(_ context.Context, s service.Spec) (service.Health, error) {
			mu.Lock()
			defer mu.Unlock()
			probed = append(probed, s.Key)
			return service.Health{State: service.StateReady}, nil
		}
		v := ask[ServiceView](w, MethodServiceAdd, PutService{Kind: openai.Kind, Name: "Cloud", URL: "https://api.example/v1/", Key: &key})
		assert.True(t, v.HasKey)
		assert.Equal(t, "https://api.example/v1", v.URL)
		v = ask[ServiceView](w, MethodServiceUpdate, PutService{ID: v.ID, Kind: openai.Kind, Name: "Renamed", URL: v.URL})
		assert.True(t, v.HasKey, "an absent key is kept")
		ask[service.Health](w, MethodServiceTest, TestService{ID: v.ID, Kind: openai.Kind, URL: v.URL})
		ask[ServiceView](w, MethodServiceProbe, ByID{v.ID})
		synctest.Wait()
		assert.Equal(t, []service.Secret{"sk-very-secret", "sk-very-secret", "sk-very-secret", "sk-very-secret"}, probed)
		export, _ := w.exported()
		for _, out := range []any{ask[Snapshot](w, MethodSnapshot, Empty{}), w.allNews(), export} {
			assert.NotContains(t, textOf(t, out), key)
		}
		none := ""
		assert.False(t, ask[ServiceView](w, MethodServiceUpdate, PutService{ID: v.ID, Kind: openai.Kind, URL: v.URL, Key: &none}).HasKey)
	})
}

func TestAddressesAreCheckedAndBroughtIntoOneForm(t *testing.T) {
	for text, want := range map[string]string{
		" http://LocalHost:11434/ ": "http://localhost:11434",
		"https://x.example/v1//":    "https://x.example/v1",
		"http://[::1]:8080":         "http://[::1]:8080",
	} {
		got, err := checkURL(text)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, text := range []string{
		"", "localhost:11434", "ftp://x", "http://", "http://:80", "http://a:b@x", "http://x?y=1", "http://x#y", "javascript:alert(1)",
		"http://x\x00y", "http://" + strings.Repeat("x", 3000), "file:///etc/passwd",
	} {
		_, err := checkURL(text)
		assert.Equal(t, "url", fault.Public(err).Field, text)
		assert.NotEmpty(t, fault.Public(err).Remedy, text)
	}
}

func TestWrongServicesAreRefusedWithTheirField(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		bad := "two words"
		for _, tc := range []struct {
			in    PutService
			code  fault.Code
			field string
		}{
			{PutService{Kind: "fax", URL: "http://x"}, fault.Invalid, "kind"},
			{PutService{Kind: "ollama", URL: "x"}, fault.Invalid, "url"},
			{PutService{Kind: "ollama", URL: "http://x", Name: strings.Repeat("n", 101)}, fault.Invalid, "name"},
			{PutService{Kind: "ollama", URL: "http://x", Key: &bad}, fault.Invalid, "key"},
			{PutService{Kind: "ollama", URL: "http://localhost:11434/"}, fault.Conflict, "url"},
		} {
			_, err := try[ServiceView](w, MethodServiceAdd, tc.in)
			assert.Equal(t, tc.code, fault.CodeOf(err))
			assert.Equal(t, tc.field, fault.Public(err).Field)
		}
		for _, method := range []string{MethodServiceUpdate, MethodServiceProbe, MethodServiceRemove} {
			_, err := try[Empty](w, method, PutService{ID: "none", Kind: "ollama", URL: "http://x"})
			assert.Equal(t, fault.NotFound, fault.CodeOf(err), method)
		}
	})
}

func TestDiscoveryProbesAllAtOnceAndAddsNothing(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.a.deps.Local = func() []string { return []string{"ollama"} }
		synctest.Wait()
		w.gateway.probe = func(ctx context.Context, s service.Spec) (service.Health, error) {
			if s.Kind == openai.Kind {
				<-ctx.Done()
				return service.Health{}, ctx.Err()
			}
			return service.Health{State: service.StateNoModels}, nil
		}
		began := time.Now()
		found := ask[Discovered](w, MethodServiceDiscover, Empty{}).Services
		assert.Equal(t, discoverTimeout, time.Since(began))
		require.Len(t, found, 2)
		assert.Equal(t, "ollama", found[0].Kind, "what the configuration names comes first")
		assert.Equal(t, service.StateNoModels, found[0].Health.State)
		assert.NotEmpty(t, found[0].Added)
		assert.Equal(t, service.StateTimeout, found[1].Health.State)
		assert.Empty(t, found[1].Added)
		assert.Equal(t, 1, w.alive(record.KindService))
	})
}

func TestOnlyThisComputerIsLookedAtAndEachAddressOnce(t *testing.T) {
	w := New(Deps{Kinds: []service.Definition{
		{Kind: "a", DefaultURL: "http://localhost:1"}, {Kind: "cloud", DefaultURL: "https://api.example", Cloud: true},
		{Kind: "b", DefaultURL: "http://localhost:1"}, {Kind: "c"}, {Kind: "d", DefaultURL: "http://localhost:2"},
		{Kind: "e", DefaultURL: "http://localhost:3", Category: service.ForVectors},
	}})
	var looked []string
	for _, d := range w.discoverable() {
		looked = append(looked, d.Kind)
	}
	assert.Equal(t, []string{"a", "d"}, looked)
}

func TestModels(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		id := ask[Snapshot](w, MethodSnapshot, Empty{}).Services[0].ID
		synctest.Wait()
		assert.Equal(t, "m", ask[service.Model](w, MethodModelShow, ModelRef{id, "m"}).Name)
		var steps []any
		before := len(w.allNews())
		_, err := tryEmit[Empty](w, MethodModelPull, ModelRef{id, " m "}, func(_ context.Context, p any) error {
			steps = append(steps, p)
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, []any{service.Progress{Status: "success"}}, steps)
		synctest.Wait()
		require.Len(t, w.allNews(), before+3, "the views learn of the download and of the new model")
		assert.Equal(t, []bool{false, true}, []bool{w.allNews()[before].Data.Pull.Ended, w.allNews()[before+1].Data.Pull.Ended})
		assert.Equal(t, "tiny", w.allNews()[before+2].Data.Health[0].Health.Models[0].Name)
		assert.Equal(t, []service.Model{{Name: "m", Memory: 5}}, ask[Models](w, MethodModelRunning, ByID{ID: id}).Models)
		ask[Empty](w, MethodModelUnload, ModelRef{id, "m"})
		assert.Empty(t, ask[Models](w, MethodModelRunning, ByID{ID: id}).Models)
		ask[Empty](w, MethodModelDelete, ModelRef{id, "m"})
		for _, in := range []ModelRef{{id, " "}, {"none", "m"}, {id, strings.Repeat("m", 600)}} {
			_, err := try[service.Model](w, MethodModelShow, in)
			assert.NotEmpty(t, fault.Public(err).Field)
		}
	})
}

func TestAModelsStayInMemoryIsKeptWithItsService(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		put := PutService{Kind: "ollama", URL: "http://other:1", KeepAlive: ptr("30m")}
		v := ask[ServiceView](w, MethodServiceAdd, put)
		assert.Equal(t, "30m", v.KeepAlive)
		put.ID, put.KeepAlive = v.ID, nil
		assert.Equal(t, "30m", ask[ServiceView](w, MethodServiceUpdate, put).KeepAlive, "what is left out stays")
		for _, good := range []string{"", "0", "-1", "300", "90s", "2h"} {
			put.KeepAlive = &good
			assert.Equal(t, good, ask[ServiceView](w, MethodServiceUpdate, put).KeepAlive)
		}
		for _, bad := range []string{"soon", "5 m", "m", "5mm", "1h30m", "99999999999"} {
			put.KeepAlive = &bad
			_, err := try[ServiceView](w, MethodServiceUpdate, put)
			assert.Equal(t, "keepAlive", fault.Public(err).Field, bad)
		}
	})
}

func TestALateProbeSaysNothingOfAServiceThatChanged(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		gate := make(chan struct{})
		w.gateway.probe = func(_ context.Context, s service.Spec) (service.Health, error) {
			if s.URL == "http://old:1" {
				<-gate
			}
			return service.Health{State: service.StateReady, Detail: s.URL}, nil
		}
		v := w.connect("ollama", "http://old:1")
		ask[ServiceView](w, MethodServiceUpdate, PutService{ID: v.ID, Kind: "ollama", URL: "http://new:1"})
		synctest.Wait()
		close(gate)
		synctest.Wait()
		assert.Equal(t, "http://new:1", ask[Snapshot](w, MethodSnapshot, Empty{}).Services[1].Health.Detail)
	})
}

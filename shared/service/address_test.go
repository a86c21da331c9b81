package service_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

func TestAddress(t *testing.T) {
	for typed, want := range map[string]string{
		"http://localhost:11434":      "http://localhost:11434",
		"  localhost:11434/ \n":       "http://localhost:11434",
		"localhost":                   "http://localhost",
		":11434":                      "http://localhost:11434",
		"127.0.0.1:11434":             "http://127.0.0.1:11434",
		"192.168.1.7":                 "http://192.168.1.7",
		"0.0.0.0:11434":               "http://127.0.0.1:11434",
		"[::1]:11434":                 "http://[::1]:11434",
		"http://[FE80::1]:1/":         "http://[fe80::1]:1",
		"HTTP://Server.LAN:80/Ollama": "http://server.lan/Ollama",
		"nas.local":                   "http://nas.local",
		"example.org:8080":            "http://example.org:8080",
		"api.openai.com":              "https://api.openai.com",
		"api.openai.com/v1/":          "https://api.openai.com/v1",
		"https://example.org:443/a b": "",
		"https://example.org:443/a":   "https://example.org/a",
		"http://example.org/a%2Fb/":   "http://example.org/a%2Fb",
	} {
		got, err := service.Address(typed)
		if want == "" {
			assert.Error(t, err, typed)
			continue
		}
		require.NoError(t, err, typed)
		assert.Equal(t, want, got, typed)
		again, err := service.Address(got)
		require.NoError(t, err)
		assert.Equal(t, got, again, "what is tidy stays as it is")
	}
}

func TestAddressRefusals(t *testing.T) {
	for typed, says := range map[string]string{
		"":                          "empty",
		" ":                         "empty",
		"ftp://localhost":           "not by ftp",
		"file:///etc/passwd":        "not by file",
		"chrome-extension://abc":    "not by chrome-extension",
		"javascript:alert(1)":       "not an address",
		"http://me:secret@host":     "name or password",
		"http://token@host":         "name or password",
		"http://":                   "names no computer",
		"http://:80":                "names no computer",
		"http://host:99999":         "no port",
		"http://host:0":             "no port",
		"http://host:port":          "not an address",
		"http://host?key=1":         "query",
		"http://host/#/chat":        "fragment",
		"two words":                 "not an address",
		"http://a\\b":               "not an address",
		"::1":                       "",
		"http://ho\x00st":           "not an address",
		string(make([]byte, 9_000)): "not an address",
	} {
		_, err := service.Address(typed)
		public := fault.Public(err)
		require.NotNil(t, public, typed)
		assert.Equal(t, fault.Invalid, public.Code, typed)
		assert.Equal(t, "url", public.Field, typed)
		assert.NotEmpty(t, public.Remedy, typed)
		assert.Contains(t, public.Message, says, typed)
		assert.NotContains(t, err.Error(), "secret", "a password is not repeated")
	}
}

func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"localhost:11434", "https://[::1]:1/a%2f?x#y", "http://u:p@h", ":1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		got, err := service.Address(typed)
		if err != nil {
			assert.Equal(t, fault.Invalid, fault.CodeOf(err))
			return
		}
		again, err := service.Address(got)
		assert.NoError(t, err, "%q became %q", typed, got)
		assert.Equal(t, got, again)
	})
}

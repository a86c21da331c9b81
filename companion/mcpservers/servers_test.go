package mcpservers_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/mcpservers"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/tool"
)

// asServer has this test's program be a real MCP server over standard input and output.
const asServer = "TEST_BE_AN_MCP_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		_ = server().Run(context.Background(), &mcp.StdioTransport{})
		return
	}
	os.Exit(m.Run())
}

type place struct {
	Place string `json:"place" jsonschema:"where"`
}

// server has one tool that works, one that ends the program, one that tells its surroundings, and one that no service takes.
func server() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "tests", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "get.weather", Title: "Weather", Description: "Tells the weather."},
		func(_ context.Context, _ *mcp.CallToolRequest, in place) (*mcp.CallToolResult, any, error) {
			if in.Place == "" {
				return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: "no such\nplace"}}}, nil, nil
			}
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "Sunny in " + in.Place}, &mcp.ImageContent{Data: []byte("x"), MIMEType: "image/png"}}}, nil, nil
		})
	mcp.AddTool(s, &mcp.Tool{Name: "die"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		os.Exit(3)
		return nil, nil, nil
	})
	mcp.AddTool(s, &mcp.Tool{Name: "environment"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: strings.Join(os.Environ(), "\n")}}}, nil, nil
	})
	s.AddTool(&mcp.Tool{Name: "liar", Description: strings.Repeat("x", 2000), InputSchema: map[string]any{
		"type": "object", "properties": map[string]any{"a": map[string]any{"description": strings.Repeat("y", tool.MaxSchema)}},
	}}, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{}, nil
	})
	return s
}

// program is this test as a server.
func program(t *testing.T) mcpservers.Server {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return mcpservers.Server{Name: "home", Command: self, Env: map[string]string{asServer: "yes", "TOKEN": "vault:t"}}
}

type safe struct{}

func (safe) Secret(_ context.Context, id string) (config.Secret, error) {
	if id != "t" {
		return "", fault.New(fault.NotFound, "no %s", id)
	}
	return "s3cret", nil
}

func open(t *testing.T, servers ...mcpservers.Server) (*mcpservers.Servers, mcpservers.Book) {
	t.Helper()
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	book := mcpservers.BookIn(dir)
	for _, one := range servers {
		require.NoError(t, book.Add(one))
	}
	s := mcpservers.New(mcpservers.Options{Book: book, Vault: safe{}, Version: "1", Log: slog.New(slog.DiscardHandler), Now: time.Now})
	t.Cleanup(s.Close)
	return s, book
}

func names(l tool.List) (out []string) {
	for _, d := range l.Tools {
		out = append(out, d.Name)
	}
	return out
}

func call(t *testing.T, s *mcpservers.Servers, name, arguments string) (string, error) {
	t.Helper()
	return s.Call(t.Context(), tool.Call{Name: name, Source: "mcp home", Arguments: arguments})
}

// transports are the two ways to a server.
func transports() map[string]func(t *testing.T) mcpservers.Server {
	return map[string]func(t *testing.T) mcpservers.Server{
		"a program": program,
		"an address": func(t *testing.T) mcpservers.Server {
			t.Helper()
			handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server() }, nil)
			guarded := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "s3cret" {
					http.Error(w, "no", http.StatusUnauthorized)
					return
				}
				handler.ServeHTTP(w, r)
			}))
			t.Cleanup(func() { guarded.CloseClientConnections(); guarded.Close() })
			return mcpservers.Server{Name: "home", URL: guarded.URL, Headers: map[string]string{"Authorization": "vault:t"}}
		},
	}
}

func TestToolsOfAServerAreListedAndCalled(t *testing.T) {
	for name, make := range transports() {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t, make(t))
			list := s.List(t.Context())
			assert.Equal(t, []string{"home_die", "home_environment", "home_get_weather"}, names(list))
			weather := list.Tools[2]
			assert.Equal(t, "Weather", weather.Title)
			assert.Equal(t, "mcp home", weather.Source)
			assert.Contains(t, string(weather.Parameters), `"place"`)
			require.Len(t, list.Faults, 1, "a tool that no service takes is named, and the others stay")
			assert.Contains(t, list.Faults[0], "home_liar")

			text, err := call(t, s, "home_get_weather", `{"place":"Oslo"}`)
			require.NoError(t, err)
			assert.Equal(t, "Sunny in Oslo\n(a picture, which is left out)", text)
			_, err = call(t, s, "home_get_weather", `{"place":""}`)
			assert.Equal(t, "no such place", fault.Public(err).Message, "the server's own words")
			_, err = call(t, s, "home_get_weather", `{}`)
			require.Error(t, err)
			_, err = call(t, s, "home_nothing", `{}`)
			assert.Equal(t, fault.NotFound, fault.CodeOf(err))
		})
	}
}

func TestAProgramThatDiesIsStartedAgain(t *testing.T) {
	s, _ := open(t, program(t))
	_, err := call(t, s, "home_die", `{}`)
	require.Error(t, err)
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	require.Eventually(t, func() bool {
		text, err := call(t, s, "home_get_weather", `{"place":"Bonn"}`)
		return err == nil && strings.HasPrefix(text, "Sunny in Bonn")
	}, 20*time.Second, 50*time.Millisecond)
}

func TestAProgramGetsItsOwnSecretsAndNoneOfKai(t *testing.T) {
	t.Setenv("KAI_SECRET", "of kai alone")
	s, _ := open(t, program(t))
	text, err := call(t, s, "home_environment", `{}`)
	require.NoError(t, err)
	assert.Contains(t, text, "TOKEN=s3cret")
	assert.NotContains(t, text, "of kai alone")
}

func TestAServerThatIsNotThereIsToldAndLeftAlone(t *testing.T) {
	for name, one := range map[string]mcpservers.Server{
		"no such program":    {Name: "home", Command: "/nowhere/program"},
		"ends at once":       {Name: "home", Command: "true"},
		"says something odd": {Name: "home", Command: "echo", Args: []string{"hello"}},
		"nobody listens":     {Name: "home", URL: "http://127.0.0.1:1/mcp"},
		"no such secret":     {Name: "home", Command: "true", Env: map[string]string{"A": "vault:gone"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t, one)
			list := s.List(t.Context())
			assert.Empty(t, list.Tools)
			require.Len(t, list.Faults, 1)
			assert.True(t, strings.HasPrefix(list.Faults[0], "home: "), list.Faults[0])
			started := time.Now()
			assert.NotEmpty(t, s.List(t.Context()).Faults)
			assert.Less(t, time.Since(started), firstPause, "it is not tried again at once")
		})
	}
}

// firstPause is that of the package.
const firstPause = time.Second

func TestAListThatChangedHolds(t *testing.T) {
	s, book := open(t, program(t))
	require.NotEmpty(t, s.List(t.Context()).Tools)
	require.NoError(t, book.Remove("home"))
	assert.Empty(t, s.List(t.Context()).Tools)
	_, err := call(t, s, "home_get_weather", `{"place":"Oslo"}`)
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func TestOnlyAServerThatCanBeReachedIsTaken(t *testing.T) {
	_, book := open(t, mcpservers.Server{Name: "a", Command: "true"})
	for _, c := range []struct {
		server mcpservers.Server
		field  string
	}{
		{mcpservers.Server{Name: "a", Command: "true"}, "name"},
		{mcpservers.Server{Name: "", Command: "true"}, "name"},
		{mcpservers.Server{Name: "A b", Command: "true"}, "name"},
		{mcpservers.Server{Name: strings.Repeat("x", 21), Command: "true"}, "name"},
		{mcpservers.Server{Name: "b"}, "command"},
		{mcpservers.Server{Name: "b", Command: "true", URL: "http://localhost"}, "command"},
		{mcpservers.Server{Name: "b", URL: "file:///etc/passwd"}, "url"},
		{mcpservers.Server{Name: "b", URL: "https://me:secret@example.org"}, "url"},
	} {
		assert.Equal(t, c.field, fault.Public(book.Add(c.server)).Field)
	}
	assert.Equal(t, fault.NotFound, fault.CodeOf(book.Remove("c")))
	all, err := book.All()
	require.NoError(t, err)
	assert.Len(t, all, 1)
}

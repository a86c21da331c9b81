package native_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// lamp is a real MCP server with one tool. What it is told comes out of the channel.
func lamp(t *testing.T) (address string, told <-chan string) {
	t.Helper()
	said := make(chan string, 1)
	type switched struct {
		Room string `json:"room"`
		On   bool   `json:"on"`
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "lamps", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "lamp", Title: "Switch a lamp", Description: "Turns a lamp on or off."},
		func(_ context.Context, _ *mcp.CallToolRequest, in switched) (*mcp.CallToolResult, any, error) {
			said <- fmt.Sprintf("%s %v", in.Room, in.On)
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "It shines."}}}, nil, nil
		})
	front := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	t.Cleanup(func() { front.CloseClientConnections(); front.Close() })
	return front.URL, said
}

// A model of a real Ollama calls a tool of a real MCP server by way of kai, once the person has turned it on and allowed it.
func TestAModelCallsAToolOfAnMCPServer(t *testing.T) {
	t.Parallel()
	server := model.Shared()
	address, told := lamp(t)
	data := t.TempDir()
	_, link := serving(t, data, "0")
	command(t, t.TempDir(), data, "mcp", "add", "set", "--url", address)
	p := switching(t, link, server)
	p.Shoot("tools-of-a-server")
	p.Click("button", "Back")
	p.Fill("textbox", "Message", "turn on the lamp")
	p.Press("Enter")
	p.Shows("room: kitchen")
	select {
	case early := <-told:
		t.Fatalf("the server was told %q before the person allowed it", early)
	default:
	}
	p.Click("button", "Allow once")
	p.Shows("Done, the lamp in the kitchen is now on.")
	require.Equal(t, "kitchen true", <-told)
	p.ClickText("set_lamp")
	p.Shows("It shines.")
}

// switching is the web app with a model that may call the tool that switches a lamp, in its settings.
func switching(t *testing.T, link string, server *model.Server) *harness.Page {
	t.Helper()
	p := harness.StartChromium(t, harness.Options{Bare: true}).Open(t, link)
	p.Resize(1280, 800)
	p.Shows("Not running")
	p.Click("button", "Add another service")
	p.Fill("textbox", "Address", server.URL)
	p.Click("button", "Save")
	p.Locate("button", "Model: "+model.Scripted+":latest")
	p.Click("button", "Settings")
	p.Locate("combobox", "May models call “Switch a lamp”?")
	p.Eval(`(() => {
	  const list = [...document.querySelectorAll("select")].find((s) => s.ariaLabel === "May models call “Switch a lamp”?");
	  list.value = "ask";
	  list.scrollIntoView({ block: "center" });
	  list.dispatchEvent(new Event("change", { bubbles: true }));
	})()`, nil)
	return p
}

// command runs a command of kai in a folder.
func command(t *testing.T, folder, data string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), harness.Built(t, "kai"), append([]string{"--data", data}, args...)...) //nolint:gosec // the program under test
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

const lampManifest = `{"name": "set_lamp", "title": "Switch a lamp", "description": "Turns a lamp on or off.", "parameters": {"type": "object", "required": ["room", "on"]}}`

const lampProgram = `package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	var in struct { Room string; On bool }
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	_, err := os.ReadFile("/etc/passwd")
	fmt.Println("The guest heard of the", in.Room, in.On, err)
}
`

// A person makes a tool, builds and installs it, and a model of a real Ollama calls it.
func TestAModelCallsAGuestTool(t *testing.T) {
	t.Parallel()
	server := model.Shared()
	data, folder := t.TempDir(), t.TempDir()
	_, link := serving(t, data, "0")
	command(t, folder, data, "tool", "new", "set_lamp")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "set_lamp", "tool.json"), []byte(lampManifest), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "set_lamp", "main.go"), []byte(lampProgram), 0o600))
	command(t, folder, data, "tool", "build", "set_lamp")
	command(t, folder, data, "tool", "install", "set_lamp")

	p := switching(t, link, server)
	p.Click("button", "Back")
	p.Fill("textbox", "Message", "turn on the lamp")
	p.Press("Enter")
	p.Click("button", "Allow once")
	p.Shows("Done, the lamp in the kitchen is now on.")
	p.ClickText("set_lamp")
	p.Shows("The guest heard of the kitchen true open /etc/passwd: Bad file number")
}

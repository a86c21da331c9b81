package native_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
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
	server := model.Start(t)
	address, told := lamp(t)
	data := t.TempDir()
	_, link := serving(t, data, "0")
	out, err := exec.CommandContext(t.Context(), harness.Built(t, "kai"), "--data", data, "mcp", "add", "set", "--url", address).CombinedOutput() //nolint:gosec // the program under test
	require.NoError(t, err, string(out))

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

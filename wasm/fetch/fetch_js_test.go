package fetch_test

import (
	"context"
	"io"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/wasm/fetch"
)

// probe is an address of the server that the test page came from (e2e/tools/wasmtest).
func probe(path string) string {
	return js.Global().Get("location").Get("origin").String() + "/probe/" + path
}

func do(t *testing.T, ctx context.Context, r *service.Request) *service.Response {
	t.Helper()
	response, err := fetch.New(js.Global().Get("kaiPump")).Do(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() }) // closing twice is allowed
	return response
}

func TestARequestAndItsAnswerCross(t *testing.T) {
	sent := strings.Repeat("Grüße 😀\x00", 20_000)
	response := do(t, context.Background(), &service.Request{
		Method: "POST", URL: probe("echo"), Header: map[string]string{"X-Sent": "yes"}, Body: []byte(sent),
	})
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != sent {
		t.Errorf("%d of %d bytes came back: %v", len(body), len(sent), err)
	}
	if response.Status != 418 || response.Header["x-method"] != "POST" || response.Header["x-sent"] != "yes" {
		t.Errorf("status %d, header %v", response.Status, response.Header)
	}
}

func TestAStreamArrivesPieceByPieceAndWhole(t *testing.T) {
	response := do(t, context.Background(), &service.Request{Method: "GET", URL: probe("drip?n=2000")})
	body, err := io.ReadAll(response.Body)
	if err != nil || strings.Count(string(body), "\n") != 2000 || !strings.HasSuffix(string(body), "\n1999\n") {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}

func TestAnEmptyAnswerEndsAtOnce(t *testing.T) {
	response := do(t, context.Background(), &service.Request{Method: "GET", URL: probe("drip?n=0")})
	if body, err := io.ReadAll(response.Body); len(body) > 0 || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}

func TestNobodyListening(t *testing.T) {
	_, err := fetch.New(js.Global().Get("kaiPump")).Do(context.Background(), &service.Request{Method: "GET", URL: "http://127.0.0.1:9/x?key=secret"})
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("%v", err)
	}
	if text := fault.Public(err).Message; !strings.Contains(text, "127.0.0.1:9") || strings.Contains(text, "secret") {
		t.Errorf("the message is %q", text)
	}
}

func TestAnAddressThatIsNone(t *testing.T) {
	if _, err := fetch.New(js.Global().Get("kaiPump")).Do(context.Background(), &service.Request{Method: "GET", URL: "http://["}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("%v", err)
	}
}

func TestASilentServerIsLeftWhenTheCallerEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := fetch.New(js.Global().Get("kaiPump")).Do(ctx, &service.Request{Method: "GET", URL: probe("silent")}); fault.CodeOf(err) != fault.Timeout {
		t.Errorf("%v", err)
	}
}

func TestAHangingStreamIsLeftWhenTheCallerEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	response := do(t, ctx, &service.Request{Method: "GET", URL: probe("hang")})
	buffer := make([]byte, 100)
	n, err := response.Body.Read(buffer)
	if err != nil || string(buffer[:n]) != "start\n" {
		t.Fatalf("%q, %v", buffer[:n], err)
	}
	cancel()
	if _, err := response.Body.Read(buffer); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("%v", err)
	}
}

func TestABodyClosedEarlyStopsTheServer(t *testing.T) {
	response := do(t, context.Background(), &service.Request{Method: "GET", URL: probe("hang")})
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	if _, err := response.Body.Read(make([]byte, 1)); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("%v", err)
	}
}

func TestACutStreamKeepsWhatArrivedAndSaysSo(t *testing.T) {
	response := do(t, context.Background(), &service.Request{Method: "GET", URL: probe("cut")})
	half := make([]byte, 4)
	if _, err := io.ReadFull(response.Body, half); err != nil || string(half) != "half" {
		t.Fatalf("%q, %v", half, err)
	}
	do(t, context.Background(), &service.Request{Method: "GET", URL: probe("cut/now")})
	if rest, err := io.ReadAll(response.Body); len(rest) > 0 || fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("%q, %v", rest, err)
	}
}

func TestAnObjectIsAskedInsteadOfTheNetwork(t *testing.T) {
	object := js.Global().Get("Object").New()
	answer := js.FuncOf(func(_ js.Value, args []js.Value) any {
		said := js.Global().Get("Response").New(args[1].Get("method").String() + " " + args[0].String())
		return js.Global().Get("Promise").Call("resolve", said)
	})
	defer answer.Release()
	object.Set("engine", answer)
	response, err := fetch.By(object, "engine", js.Global().Get("kaiPump")).Do(context.Background(), &service.Request{Method: "POST", URL: "http://built-in.invalid/api/chat"})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "POST http://built-in.invalid/api/chat" {
		t.Errorf("the answer is %q: %v", body, err)
	}
}

//go:build js

// Command program stands in for the runtime in tests of the extension's background: it does what a view tells it.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall/js"
)

func main() {
	host := js.Global().Get("kaiHost")
	config := host.Get("config").String()
	if strings.Contains(config, "cannot start") {
		host.Call("failed", "The test wants that it cannot start.")
		select {}
	}
	if strings.Contains(config, "crash at start") {
		panic("the test wants a crash at start")
	}
	s := &stand{host: host, instance: fmt.Sprint(rand.Uint64())}
	program := js.ValueOf(map[string]any{})
	program.Set("connect", js.FuncOf(func(_ js.Value, args []js.Value) any { return s.connect(args[0], args[1].String()) }))
	host.Call("ready", program)
	select {}
}

type stand struct {
	host     js.Value
	instance string
	native   js.Value
}

func (s *stand) connect(port js.Value, context string) any {
	end := js.ValueOf(map[string]any{})
	end.Set("frame", js.FuncOf(func(_ js.Value, args []js.Value) any {
		word, rest, _ := strings.Cut(args[0].String(), " ")
		s.obey(port, context, word, rest)
		return nil
	}))
	end.Set("closed", js.FuncOf(func(js.Value, []js.Value) any { return nil }))
	return end
}

func (s *stand) obey(port js.Value, context, word, rest string) {
	say := func(v ...any) { port.Call("post", fmt.Sprint(v...)) }
	switch word {
	case "echo":
		say(rest)
	case "who":
		text, _ := json.Marshal(map[string]any{
			"context": context, "instance": s.instance, "version": s.host.Get("version").String(), "config": s.host.Get("config").String(),
			"browser": s.host.Get("browser").String(), "private": s.host.Get("private").Bool(),
		})
		say(string(text))
	case "leave":
		port.Call("close")
	case "panic":
		panic("the test wants a crash")
	case "exit":
		os.Exit(0)
	case "busy":
		s.host.Call("busy", rest == "on")
		say("done")
	case "snapshot":
		s.host.Call("snapshot", rest)
		say("done")
	case "origin":
		s.then(s.host.Call("originRule", rest), say)
	case "set", "get", "remove", "bytes":
		s.then(s.host.Get("storage").Call(word, rest), say)
	case "native":
		s.open(say)
	case "tell":
		s.native.Call("post", rest)
	}
}

func (s *stand) open(say func(...any)) {
	onFrame := js.FuncOf(func(_ js.Value, args []js.Value) any { say("frame ", args[0].String()); return nil })
	onClose := js.FuncOf(func(_ js.Value, args []js.Value) any { say("closed ", args[0].String()); return nil })
	s.native = s.host.Get("native").Call("open", onFrame, onClose)
}

func (s *stand) then(promise js.Value, say func(...any)) {
	promise.Call("then",
		js.FuncOf(func(_ js.Value, args []js.Value) any {
			say("ok ", js.Global().Call("String", args[0]).String())
			return nil
		}),
		js.FuncOf(func(_ js.Value, args []js.Value) any {
			say("bad ", js.Global().Call("String", args[0]).String())
			return nil
		}))
}

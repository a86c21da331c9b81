package model

import (
	"fmt"
	"path/filepath"
)

// Scripted is the name of the deterministic model: real Ollama runs it with its own templates, tokeniser, sampling and
// parsers, but attention and feed-forward weights are zero, so that the next token depends on the last one only.
// A prompt that ends on a trigger of Scripts gets that script; any other text gets Fallback.
const Scripted = "scripted"

// Fallback is what the scripted model answers to text that it has no script for.
const Fallback = "I only know a few test phrases!"

// Script is one answer of the scripted model. Each chunk is one token. A script with Loop never ends by itself.
type Script struct {
	Trigger string
	Chunks  []string
	Loop    bool
}

// Scripts are the triggers that tests use, with their answers. Chunks are unique over all scripts, since the state of the
// model is its last token.
func Scripts() []Script {
	return []Script{
		{Trigger: "hello kai", Chunks: []string{"Hello", " there", ", how", " can I", " help", " you?"}},
		{Trigger: "turn on the lamp", Chunks: []string{`{"name": "set_lamp", "arguments": {"room": "kitchen", "on": true}}`}},
		{Trigger: "find the otters", Chunks: []string{`{"name": "search_conversations", "arguments": {"words": "otters"}}`}},
		{Trigger: "search my papers", Chunks: []string{`{"name": "search_knowledge", "arguments": {"words": "blue cupboard"}}`}},
		{Trigger: "six times seven", Chunks: []string{`{"name": "calculate", "arguments": {"expression": "6*7"}}`}},
		{Trigger: "read this page", Chunks: []string{`{"name": "read_page", "arguments": {"of": "the person"}}`}},
		{Trigger: "convert the miles", Chunks: []string{`{"name": "convert_units", "arguments": {"value": 5, "from": "km", "to": "mi"}}`}},
		{Trigger: "<|toolresult|>", Chunks: []string{"Done", ", the", " lamp", " in the kitchen", " is now on", "."}},
		{Trigger: "think about it", Chunks: []string{"<think>", "First I", " weigh the options.", "</think>", " The answer", " is 42!"}},
		{Trigger: "show me markdown", Chunks: []string{
			"# A heading\n\n", "Some **bold** text", " and `code`.\n\n", "```go\n", "func main() {", "\n\tprintln(\"hi\")", "\n}\n", "```\n\n",
			"| a | b |\n", "|---|---|\n", "| 1 | 2 |\n\n", "<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "\n\nThe end of it.",
		}},
		{Trigger: "according to my documents", Chunks: []string{"It is", " written", " in your book", " [1]."}},
		{Trigger: "say it in unicode", Chunks: []string{"Grüße", " 世界", " 🌍", " — done"}},
		{Trigger: "tell me a story", Chunks: story()},
		{Trigger: "count without end", Chunks: []string{" tick", " tock"}, Loop: true},
	}
}

// story is long enough to be interrupted: sixty numbered sentences.
func story() []string {
	chunks := make([]string, 0, 60)
	for i := 1; i <= 60; i++ {
		chunks = append(chunks, fmt.Sprintf("Sentence %d of the story. ", i))
	}
	return chunks
}

// Answer is the whole text of the script for a trigger, as a view shows it.
func Answer(trigger string) string {
	for _, s := range Scripts() {
		if s.Trigger == trigger {
			text := ""
			for _, c := range s.Chunks {
				text += c
			}
			return text
		}
	}
	return Fallback
}

const (
	scriptedDim   = 256
	scriptedHeads = 2
	tokenEnd      = 2
)

// vocabulary numbers the tokens and remembers which state follows which token.
type vocabulary struct {
	tokens []string
	types  []int32
	index  map[string]int
	state  map[int]int // token -> state
	next   map[int]int // state -> token
}

func newVocabulary() *vocabulary {
	v := &vocabulary{tokens: []string{"<unk>", "<s>", "</s>"}, types: []int32{2, 3, 3}, index: map[string]int{}, state: map[int]int{}, next: map[int]int{}}
	for i := range 256 {
		v.tokens, v.types = append(v.tokens, fmt.Sprintf("<0x%02X>", i)), append(v.types, 6)
	}
	v.tokens, v.types = append(v.tokens, "▁"), append(v.types, 3)
	for _, s := range Scripts() {
		v.chain(v.newState(v.token(s.Trigger)), s)
	}
	v.chain(0, Script{Chunks: []string{"I only know", " a few", " test", " phrases", "!"}})
	return v
}

func (v *vocabulary) token(text string) int {
	if _, taken := v.index[text]; taken {
		panic(fmt.Sprintf("scripted model: chunk %q is used twice", text))
	}
	v.index[text] = len(v.tokens)
	v.tokens, v.types = append(v.tokens, text), append(v.types, 4)
	return v.index[text]
}

func (v *vocabulary) newState(token int) int {
	v.state[token] = len(v.state) + 1
	return v.state[token]
}

func (v *vocabulary) chain(from int, s Script) {
	first, at := -1, from
	for _, chunk := range s.Chunks {
		token := v.token(chunk)
		if first < 0 {
			first = token
		}
		v.next[at] = token
		at = v.newState(token)
	}
	v.next[at] = tokenEnd
	if s.Loop {
		v.next[at] = first
	}
}

// writeScripted writes the model as a llama GGUF of about 1.5 MB. What is set last says more of it than its own metadata.
func writeScripted(path string, more ...func(*gguf)) error {
	v := newVocabulary()
	if len(v.state) >= scriptedDim {
		panic("scripted model: more states than dimensions")
	}
	g := &gguf{}
	v.metadata(g)
	for _, say := range more {
		say(g)
	}
	v.weights(g)
	return g.write(path)
}

// WriteScripted writes the model into a folder as a file that any llama.cpp runs by itself: the template of a chat is in it.
// It gives the file's path.
func WriteScripted(dir string) (string, error) {
	path := filepath.Join(dir, Scripted+".gguf")
	return path, writeScripted(path, func(g *gguf) {
		g.set("tokenizer.chat_template", "{% for message in messages %}{{ message.content }}{% endfor %}")
	})
}

func (v *vocabulary) metadata(g *gguf) {
	g.set("general.architecture", "llama")
	g.set("general.name", Scripted)
	g.set("general.file_type", uint32(0))
	sizes := []struct {
		key   string
		value uint32
	}{
		{"context_length", 32768},
		{"embedding_length", scriptedDim},
		{"block_count", 1},
		{"feed_forward_length", 32},
		{"vocab_size", uint32(len(v.tokens))},
		{"rope.dimension_count", scriptedDim / scriptedHeads},
		{"attention.head_count", scriptedHeads},
		{"attention.head_count_kv", scriptedHeads},
	}
	for _, s := range sizes {
		g.set("llama."+s.key, s.value)
	}
	g.set("llama.attention.layer_norm_rms_epsilon", float32(1e-5))
	g.set("tokenizer.ggml.model", "llama")
	g.set("tokenizer.ggml.tokens", v.tokens)
	g.set("tokenizer.ggml.scores", make([]float32, len(v.tokens)))
	g.set("tokenizer.ggml.token_type", v.types)
	g.set("tokenizer.ggml.bos_token_id", uint32(1))
	g.set("tokenizer.ggml.eos_token_id", uint32(tokenEnd))
	g.set("tokenizer.ggml.unknown_token_id", uint32(0))
	g.set("tokenizer.ggml.add_space_prefix", false)
}

func (v *vocabulary) weights(g *gguf) {
	n := uint64(len(v.tokens))
	embedding, output := make([]float32, n*scriptedDim), make([]float32, n*scriptedDim)
	for token := range v.tokens {
		embedding[token*scriptedDim+v.state[token]] = 1
	}
	for state, token := range v.next {
		output[token*scriptedDim+state] = 5
	}
	ones := make([]float32, scriptedDim)
	for i := range ones {
		ones[i] = 1
	}
	g.tensor("token_embd.weight", embedding, scriptedDim, n)
	g.tensor("output.weight", output, scriptedDim, n)
	for _, name := range []string{"output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"} {
		g.tensor(name+".weight", ones, scriptedDim)
	}
	for _, name := range []string{"attn_q", "attn_k", "attn_v", "attn_output"} {
		g.tensor("blk.0."+name+".weight", make([]float32, scriptedDim*scriptedDim), scriptedDim, scriptedDim)
	}
	for _, name := range []string{"ffn_gate", "ffn_up"} {
		g.tensor("blk.0."+name+".weight", make([]float32, 32*scriptedDim), scriptedDim, 32)
	}
	g.tensor("blk.0.ffn_down.weight", make([]float32, 32*scriptedDim), 32, scriptedDim)
}

// scriptedModelfile tells Ollama how to lay out the prompt; the mentions of tools and thinking give the model those
// capabilities. The prompt ends on the last message, which is what the weights look at.
const scriptedModelfile = `FROM %s
TEMPLATE """{{ range .Tools }}{{ . }}{{ end }}{{ range .Messages }}{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ range .ToolCalls }}{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}{{ end }}{{ if eq .Role "tool" }}<|toolresult|>{{ else }}{{ .Content }}{{ end }}{{ end }}"""
PARAMETER temperature 0
PARAMETER num_thread 1
`

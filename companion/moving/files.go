package moving

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kindos/kai/shared/fault"
)

// Limits of a file. What is over them is named and left out: a bomb is small on disk and endless in memory. They are those of the
// views.
const (
	maxUnpacked = 1 << 31  // of one file
	maxPart     = 64 << 20 // of a part of JSON
	maxMarkdown = 4 << 20
	step        = 1 << 20
)

// Sink is who gets what files hold. An error of Item ends the reading.
type Sink struct {
	Source   func(name string)
	Item     func(ctx context.Context, item Item) error
	Progress func(done, total int64) // bytes
}

// Reading reads files.
type Reading struct {
	From string // the program whose exports alone are read, as Sources names them; empty for all
	Sink Sink

	engine      *engine
	done, total int64
}

// Sources are the programs whose exports are read, by what --from calls them.
func Sources() map[string]string {
	return map[string]string{"chatgpt": "ChatGPT", "open-webui": "Open WebUI", "page-assist": "Page Assist", "kai-cd": "kai-cd", "kai": "kAI", "markdown": "Markdown"}
}

// file is one to read, with the name that it has for people and in ids.
type file struct {
	path, name string
	info       fs.FileInfo
}

// Read reads files, and all files of folders, one after the other. What cannot be read is told to the sink, by name, and the rest goes
// on.
func (r *Reading) Read(ctx context.Context, paths []string) (err error) {
	if r.engine, err = newEngine(ctx); err != nil {
		return err
	}
	files, err := list(paths)
	if err != nil {
		return err
	}
	for _, f := range files {
		r.total += f.info.Size()
	}
	before := int64(0)
	for _, f := range files {
		err := r.one(ctx, f)
		var what problem
		switch {
		case errors.As(err, &what):
			err = r.Sink.Item(ctx, left(string(what), f.name))
		case errors.As(err, new(*fs.PathError)):
			err = r.Sink.Item(ctx, left("unreadable", f.name))
		}
		if err != nil {
			return err
		}
		before += f.info.Size()
		r.done = before
		r.Sink.Progress(r.done, r.total)
	}
	return nil
}

// list finds the files of folders. What the names say is what the views say of a folder that was chosen, so ids are the same.
func list(paths []string) (out []file, err error) {
	for _, given := range paths {
		top := filepath.Dir(filepath.Clean(given))
		err := filepath.WalkDir(given, func(at string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && at != given && strings.HasPrefix(d.Name(), "."):
				return filepath.SkipDir
			case d.IsDir() || at != given && (strings.HasPrefix(d.Name(), ".") || !d.Type().IsRegular()):
				return nil
			}
			info, err := os.Stat(at)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(top, at)
			out = append(out, file{at, filepath.ToSlash(name), info})
			return err
		})
		if at := new(fs.PathError); errors.As(err, &at) {
			return nil, fault.New(fault.Invalid, "%s can't be read: %w", at.Path, at.Err).WithRemedy("name a file that you may read")
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// one reads a file.
func (r *Reading) one(ctx context.Context, f file) error {
	in, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was read
	head := make([]byte, 4)
	n, err := io.ReadFull(in, head)
	if err != nil && n == 0 && !errors.Is(err, io.EOF) {
		return err
	}
	if n == 4 && head[0] == 'P' && head[1] == 'K' && head[2] < 8 {
		return r.zip(ctx, f, in)
	}
	if f.info.Size() > maxUnpacked {
		return problem("tooLarge")
	}
	opened, ok := opens(f.name, false)
	if !ok {
		return problem("unknown")
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return r.content(ctx, opened, f.name, f.info.ModTime(), in, none)
}

func none(string) ([]byte, bool) { return nil, false }

// format is how a file is read.
type format int

const (
	asJSON format = iota
	asMarkdown
)

// What comes along in ChatGPT's zip and has nothing of what was said.
func beside(name string) bool {
	switch path.Base(name) {
	case "user.json", "user_settings.json", "message_feedback.json", "model_comparisons.json", "shared_conversations.json", "export_manifest.json", "conversation_asset_file_names.json":
		return true
	}
	return false
}

func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || strings.Contains(name, "/.") || strings.HasPrefix(name, "__MACOSX/") || strings.Contains(name, "/__MACOSX/")
}

// opens tells how a file is read, by its name. Whatever else is chosen by itself is tried.
func opens(name string, inZip bool) (format, bool) {
	lower := strings.ToLower(name)
	switch {
	case hidden(name) || strings.HasSuffix(name, "/") || inZip && beside(name):
		return 0, false
	case strings.HasSuffix(lower, ".md") || strings.HasSuffix(lower, ".markdown"):
		return asMarkdown, true
	}
	return asJSON, !inZip || strings.HasSuffix(lower, ".json")
}

// content reads what is in a file, or in a file of a zip.
func (r *Reading) content(ctx context.Context, as format, name string, changed time.Time, in io.Reader, find func(string) ([]byte, bool)) error {
	in = &told{in: in, r: r}
	if as == asMarkdown {
		return r.markdown(ctx, name, changed, in)
	}
	return r.json(ctx, name, in, find)
}

// told tells how much of a file is read.
type told struct {
	in io.Reader
	r  *Reading
}

func (t *told) Read(p []byte) (int, error) {
	n, err := t.in.Read(p)
	t.r.done += int64(n)
	t.r.Sink.Progress(min(t.r.done, t.r.total), t.r.total)
	return n, err
}

func (r *Reading) markdown(ctx context.Context, name string, changed time.Time, in io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(in, maxMarkdown+1))
	switch {
	case err != nil:
		return err
	case len(text) > maxMarkdown:
		return problem("longText")
	case !utf8.Valid(text):
		return problem("noText")
	case strings.TrimSpace(string(text)) == "":
		return problem("empty")
	}
	if err := r.source("Markdown"); err != nil {
		return err
	}
	return r.give(ctx)(r.engine.readMarkdown(name, string(text), changed.UnixMilli()))
}

func (r *Reading) json(ctx context.Context, name string, in io.Reader, find func(string) ([]byte, bool)) error {
	reading, err := r.engine.read(name, find)
	if err != nil {
		return err
	}
	s := splitter{most: maxPart}
	buffer, from := make([]byte, step), ""
	for ended := false; !ended; {
		n, err := in.Read(buffer)
		if ended = errors.Is(err, io.EOF); err != nil && !ended {
			return err
		}
		parts, malformed := s.push(buffer[:n])
		for _, p := range parts {
			items, err := reading.take(p)
			if from == "" && reading.source() != "" && err == nil {
				from = reading.source()
				err = r.source(from)
			}
			if err := r.give(ctx)(items, err); err != nil {
				return err
			}
		}
		if malformed != nil && from == "" {
			return problem("unknown")
		}
		if malformed != nil {
			return problem("cut")
		}
	}
	return r.give(ctx)(reading.end(s.whole()))
}

// source tells from where a file is, and refuses it where only another program's are wanted.
func (r *Reading) source(name string) error {
	if r.From != "" && Sources()[r.From] != name {
		return problem(otherSource)
	}
	r.Sink.Source(name)
	return nil
}

// give passes on what a reader made.
func (r *Reading) give(ctx context.Context) func([]Item, error) error {
	return func(items []Item, err error) error {
		for i := 0; i < len(items) && err == nil; i++ {
			err = r.Sink.Item(ctx, items[i])
		}
		return errors.Join(err, ctx.Err())
	}
}

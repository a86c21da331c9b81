package moving

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"strings"
)

// Limits of zips.
const (
	maxEntries = 200_000
	bombFrom   = 64 << 20
	bombRatio  = 400 // text is packed to a hundredth at most, nothing to a thousandth
	maxAsset   = 16 << 20
)

// assetID is how ChatGPT calls what was sent to it or what it made: a file's name begins with "file-" or "file_" and letters or digits, and
// goes on with a name that a person gave. Empty for what is named otherwise.
func assetID(name string) string {
	base := path.Base(name)
	if !strings.HasPrefix(base, "file-") && !strings.HasPrefix(base, "file_") {
		return ""
	}
	end := strings.IndexFunc(base[5:], func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') })
	switch {
	case end < 0:
		return base
	case end == 0:
		return ""
	}
	return base[:5+end]
}

// isConversations says whether a file of a zip is what was said to ChatGPT.
func isConversations(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, "conversations") && strings.HasSuffix(base, ".json")
}

// assets are the files of ChatGPT's zip that conversations name. Each is read when it is asked for.
type assets struct {
	files map[string]*zip.File
	used  map[string]bool
}

func assetsOf(z *zip.Reader) assets {
	out, chats := assets{map[string]*zip.File{}, map[string]bool{}}, false
	for _, f := range z.File {
		if id := assetID(f.Name); id != "" {
			out.files[id] = f
		}
		chats = chats || isConversations(f.Name)
	}
	if !chats {
		clear(out.files)
	}
	return out
}

func (a assets) has(name string) bool {
	return a.files[assetID(name)] != nil
}

// find gives one by what a message calls it.
func (a assets) find(pointer string) ([]byte, bool) {
	id := assetID(pointer)
	f := a.files[id]
	if f == nil || f.CompressedSize64 > maxAsset {
		return nil, false
	}
	a.used[id] = true
	in, err := f.Open()
	if err != nil {
		return nil, false
	}
	defer in.Close() //nolint:errcheck // it was read
	data, err := io.ReadAll(io.LimitReader(in, maxAsset+1))
	return data, err == nil && len(data) <= maxAsset
}

// zip reads the files of a zip.
func (r *Reading) zip(ctx context.Context, f file, in *os.File) error {
	z, err := zip.NewReader(in, f.info.Size())
	if err != nil {
		return problem("damaged")
	}
	if len(z.File) > maxEntries {
		return problem("bomb")
	}
	shelf, others := assetsOf(z), 0
	start := r.done
	for _, entry := range z.File {
		as, ok := opens(entry.Name, true)
		if !ok || shelf.has(entry.Name) {
			if !entry.FileInfo().IsDir() {
				others++
			}
			continue
		}
		r.done = start + min(offset(entry), f.info.Size())
		err := r.entry(ctx, as, f.name+"/"+entry.Name, entry, f, shelf)
		var what problem
		if errors.As(err, &what) {
			err = r.Sink.Item(ctx, left(string(what), f.name+"/"+entry.Name))
		}
		if err != nil {
			return err
		}
	}
	if others -= len(shelf.used); others > 0 {
		item := left("others", f.name)
		item.N = others
		return r.Sink.Item(ctx, item)
	}
	return nil
}

func offset(f *zip.File) int64 {
	at, err := f.DataOffset()
	if err != nil {
		return 0
	}
	return at
}

func (r *Reading) entry(ctx context.Context, as format, name string, entry *zip.File, f file, shelf assets) error {
	in, err := entry.Open()
	if err != nil {
		return problem("damaged")
	}
	defer in.Close() //nolint:errcheck // it was read
	return r.content(ctx, as, name, f.info.ModTime(), &unpacking{in: in, packed: entry.CompressedSize64}, shelf.find)
}

// unpacking stops where more comes out of a zip than any text becomes.
type unpacking struct {
	in     io.Reader
	packed uint64
	size   uint64
}

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	u.size += uint64(n) //nolint:gosec // never negative
	if u.size > maxUnpacked || u.size > bombFrom && u.size > bombRatio*max(u.packed, 1) {
		return 0, problem("bomb")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, problem("damaged") // or locked by a password
	}
	return n, err
}

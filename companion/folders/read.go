package folders

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/kindos/kai/companion/extract"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
)

// Report is what came of reading a folder.
type Report struct {
	Added   int  `json:"added"`
	Same    int  `json:"same"`
	Failed  int  `json:"failed"`  // kept with the reason
	Gone    int  `json:"gone"`    // documents of files that are there no more
	Removed bool `json:"removed"` // those were taken out
	leftOuts
}

// seen is what is known of a file from the last time that it was read.
type seen struct {
	size     int64
	modified time.Time
	hash     string
	left     string // why it is no document
}

// reading is a folder that is being read.
type reading struct {
	Entry
	library Library
	files   extract.Reader
	book    Book
	root    *os.Root
	known   map[string]library.Document // by the path in the folder
	seen    map[string]seen             // of the last time; changed
	report  Report
}

// read brings the documents of a folder up to what there is. What is not there any more is taken out where prune says so.
func (r *reading) read(ctx context.Context, t tree, prune bool, progress func(done, total int)) error {
	if err := r.list(ctx); err != nil {
		return err
	}
	if err := r.leave(); err != nil {
		return err
	}
	r.report.leftOuts = t.leftOuts
	now := make(map[string]seen, len(t.files))
	for i, f := range t.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		progress(i, len(t.files))
		s, err := r.one(ctx, f)
		if err != nil {
			return err
		}
		now[f.path] = s
	}
	r.seen = now
	progress(len(t.files), len(t.files))
	return r.gone(ctx, prune)
}

// list finds the documents of the folder.
func (r *reading) list(ctx context.Context) error {
	all, err := r.library.List(ctx, struct{}{})
	if err != nil {
		return err
	}
	r.known = map[string]library.Document{}
	for _, d := range all.Documents {
		if path := r.inside(d.Source); path != "" && d.Collection == r.Collection {
			r.known[path] = d
		}
	}
	return nil
}

// leave learns what the person removed, now that it is known which documents there are: what is removed is left out first.
func (r *reading) leave() error {
	all, err := r.book.All()
	for _, e := range all {
		if e.Path == r.Path {
			r.Leave = e.Leave
		}
	}
	return err
}

// one reads a file, unless what is known of it holds.
func (r *reading) one(ctx context.Context, f file) (seen, error) {
	d, kept := r.known[f.path]
	s := r.seen[f.path]
	same := s.size == f.size && s.modified.Equal(f.modified)
	switch {
	case !kept && slices.Contains(r.Leave, f.path):
		r.report.leave(f.path, "you removed it from the documents")
		return s, nil
	case same && s.left != "" && !kept:
		r.report.leave(f.path, s.left)
		return s, nil
	case same && s.left == "" && kept && d.Hash == s.hash:
		r.report.Same++
		return s, nil
	}
	s = seen{size: f.size, modified: f.modified}
	content, err := r.content(f.path)
	if err != nil {
		r.report.leave(f.path, unreadable("it", err).Words())
		return seen{}, nil //nolint:nilerr // it is named, and tried again the next time
	}
	sum := sha256.Sum256(content)
	s.hash = "sha256:" + hex.EncodeToString(sum[:])
	if kept && d.Hash == s.hash && d.State != library.Failed {
		r.report.Same++
		return s, nil
	}
	err = r.add(ctx, f, &s, content)
	return s, err
}

// add makes a document of a file. What was never one is only named; what is damaged is kept with the reason.
func (r *reading) add(ctx context.Context, f file, s *seen, content []byte) error {
	in := library.AddDocument{Collection: r.Collection, Title: f.path, Source: r.source(f.path), Hash: s.hash}
	text, err := r.files.Text(ctx, f.path, content)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch fault.CodeOf(err) {
	case "":
		in.Text = text
	case fault.Unsupported:
		s.left = fault.Public(err).Words()
		r.report.leave(f.path, s.left)
		if d, kept := r.known[f.path]; kept { // it was one
			return r.takeOut(ctx, d)
		}
		return nil
	case fault.Unavailable:
		r.report.leave(f.path, fault.Public(err).Words())
		*s = seen{} // it is tried again the next time
		return nil
	default:
		in.Problem = fault.Public(err).Words()
	}
	d, err := r.library.Add(ctx, in)
	switch {
	case err != nil:
		return err
	case d.State == library.Failed:
		r.report.Failed++
	default:
		r.report.Added++
	}
	return nil
}

// content reads a file, never outside the folder.
func (r *reading) content(path string) ([]byte, error) {
	f, err := r.root.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return io.ReadAll(io.LimitReader(f, extract.MaxFileBytes+1))
}

// gone counts the documents of files that are there no more, and takes them out. A file that may not be looked at stays.
func (r *reading) gone(ctx context.Context, prune bool) error {
	r.report.Removed = prune
	for path, d := range r.known {
		if _, there := r.seen[path]; there {
			continue
		}
		if _, err := r.root.Lstat(path); !errors.Is(err, fs.ErrNotExist) && !asidePath(path) {
			continue
		}
		r.report.Gone++
		if prune {
			if err := r.takeOut(ctx, d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reading) takeOut(ctx context.Context, d library.Document) error {
	yes := true
	_, err := r.library.Set(ctx, library.SetDocument{ID: d.ID, Removed: &yes})
	if fault.CodeOf(err) == fault.NotFound {
		return nil // somebody else did
	}
	return err
}

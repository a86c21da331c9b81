// Package files keeps files that a person or a program gave to kai: a record for each, and the content as a blob beside the
// records, named by its SHA-256.
//
// Files stay on this computer: an exchange carries records and no blobs, so the kind is in no replica.Selection. Deleting a
// file makes its record a tombstone; the content goes with the next sweep, which follows at once. Imports
// companion/openapi, huma and shared/{fault,protocol,record,store}.
package files

import (
	"context"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Schema is what the store of files is opened with, beside store.Schema.
func Schema() []store.KindSpec { return []store.KindSpec{{Kind: record.KindFile}} }

// File is what is known of a file.
type File struct {
	ID      string    `json:"id"`
	Name    string    `json:"name" doc:"What it is called, without a folder."`
	Type    string    `json:"type" doc:"Its media type, as whoever gave it said."`
	Bytes   int64     `json:"bytes"`
	SHA256  string    `json:"sha256" doc:"Of its content, in hexadecimal digits."`
	Created time.Time `json:"created"`
}

// Page is a page of files, newest first.
type Page struct {
	Files []File `json:"files"`
	Next  string `json:"next,omitempty" doc:"What to send as after for the next page; left out on the last one."`
}

// body is that of a record. Blob holds on to the content by its name.
type body struct {
	Name    string    `json:"name"`
	Type    string    `json:"type"`
	Bytes   int64     `json:"bytes"`
	Blob    string    `json:"blob"`
	Created time.Time `json:"created"`
}

// Options are what a Keeper stands on.
type Options struct {
	Store store.Store // one that keeps blobs
	Clock *record.Clock
	Now   func() time.Time
	NewID func() string
}

// Keeper keeps files. Its methods are safe for concurrent use.
type Keeper struct {
	opt  Options
	free chan struct{} // rings when content may have become free

	mu     sync.Mutex          // guards all below, and is held while a sweep goes on
	coming map[*time.Time]bool // when each file began that is being taken
	again  bool                // the last sweep had to leave some
}

// New prepares a Keeper.
func New(opt Options) *Keeper {
	return &Keeper{opt: opt, free: make(chan struct{}, 1), coming: map[*time.Time]bool{}}
}

// Put keeps what content gives, under a name and a media type; see nameOf and typeOf. It is on the disk when Put returns.
func (k *Keeper) Put(ctx context.Context, name, mediaType string, content io.Reader) (File, error) {
	name, err := nameOf(name)
	if err != nil {
		return File{}, err
	}
	if mediaType, err = typeOf(mediaType); err != nil {
		return File{}, err
	}
	blobs, err := store.Blobs(k.opt.Store)
	if err != nil {
		return File{}, err
	}
	defer k.Taking()()
	blob, err := blobs.PutBlob(ctx, content)
	if err != nil {
		return File{}, err
	}
	b := body{Name: name, Type: mediaType, Bytes: blob.Size, Blob: blob.Name, Created: k.opt.Now().UTC().Truncate(time.Millisecond)}
	id := k.opt.NewID()
	if err := k.write(ctx, id, func(r *record.Record) (err error) { r.Body, err = json.Marshal(b); return err }); err != nil {
		k.ring()
		return File{}, err
	}
	return b.file(id)
}

// Taking notes that content is being taken that no record names yet; what it answers notes the end.
func (k *Keeper) Taking() (end func()) {
	began := k.opt.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.coming[&began] = true
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if delete(k.coming, &began); k.again && len(k.coming) == 0 {
			k.ring()
		}
	}
}

func (k *Keeper) write(ctx context.Context, id string, change func(*record.Record) error) error {
	_, err := store.Update(ctx, k.opt.Store, k.opt.Clock, record.Key{Kind: record.KindFile, ID: id}, change)
	return err
}

// Get answers what is known of a file; fault.NotFound.
func (k *Keeper) Get(ctx context.Context, id string) (File, error) {
	found, err := k.opt.Store.Get(ctx, record.Key{Kind: record.KindFile, ID: id})
	if fault.CodeOf(err) == fault.Invalid {
		return File{}, noFile() // text that cannot be an id names nothing
	}
	if err != nil {
		return File{}, err
	}
	if found[0].Version == "" || found[0].Deleted {
		return File{}, noFile()
	}
	return fileOf(found[0])
}

func noFile() error { return fault.New(fault.NotFound, "there is no such file").WithField("id") }

// List answers a page of at most limit files; after is Next of the page before, or empty.
func (k *Keeper) List(ctx context.Context, after string, limit int) (Page, error) {
	page, err := k.opt.Store.List(ctx, store.Query{Kind: record.KindFile, Reverse: true, After: after, Limit: limit})
	if err != nil {
		return Page{}, err
	}
	out := Page{Files: make([]File, len(page.Records)), Next: page.Next}
	for i, r := range page.Records {
		if out.Files[i], err = fileOf(r); err != nil {
			return Page{}, err
		}
	}
	return out, nil
}

// Delete deletes a file; fault.NotFound. Its content goes soon after.
func (k *Keeper) Delete(ctx context.Context, id string) error {
	if _, err := k.Get(ctx, id); err != nil {
		return err
	}
	defer k.ring()
	return k.write(ctx, id, func(r *record.Record) error { r.Deleted, r.Body = true, nil; return nil })
}

// Clear deletes every file.
func (k *Keeper) Clear(ctx context.Context) error {
	defer k.ring()
	for {
		page, err := k.List(ctx, "", store.MaxPage)
		if err != nil || len(page.Files) == 0 {
			return err
		}
		for _, f := range page.Files {
			if err := k.Delete(ctx, f.ID); err != nil && fault.CodeOf(err) != fault.NotFound {
				return err
			}
		}
	}
}

func fileOf(r record.Record) (File, error) {
	var b body
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return File{}, fault.Wrap(fault.Internal, err, "the record of a file cannot be read")
	}
	return b.file(r.ID)
}

func (b body) file(id string) (File, error) {
	digits, err := store.BlobDigits(b.Blob)
	if err != nil {
		return File{}, fault.Wrap(fault.Internal, err, "the record of a file names no content")
	}
	return File{ID: id, Name: b.Name, Type: b.Type, Bytes: b.Bytes, SHA256: digits, Created: b.Created}, nil
}

package files

import (
	"context"
	"io"
	"sync"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// The methods of the local socket. A file goes and comes in parts, so that it need not fit into a message.
const (
	MethodList   = "files.list"   // Listing -> Page
	MethodRemove = "files.remove" // Named -> File, the one that is gone
	MethodRead   = "files.read"   // Named -> a stream: a File, then its content as Bytes
	MethodAdd    = "files.add"    // NewFile -> a stream of one Upload, to which the content is sent by files.part -> File
	MethodPart   = "files.part"   // Part
)

// PartBytes is how much of a file goes in one message.
const PartBytes = 256 << 10

// Listing asks for a page of files; see Keeper.List.
type Listing struct {
	After string `json:"after,omitempty"`
	Limit int    `json:"limit"`
}

// Named names a file by its id, or by its name where no other is called so.
type Named struct {
	File string `json:"file"`
}

// NewFile is a file to keep.
type NewFile struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
}

// Upload is where the parts of a file are sent.
type Upload struct {
	Upload string `json:"upload"`
}

// Part is the next part of a file that is coming.
type Part struct {
	Upload string `json:"upload"`
	Bytes  []byte `json:"bytes,omitempty"`
	Last   bool   `json:"last,omitempty"`
}

// Bytes is the next part of a file that is read.
type Bytes struct {
	Bytes []byte `json:"bytes"`
}

// Methods answers them for a keeper that is there when they are called.
func Methods(keeper func() *Keeper) protocol.Mux {
	u := &uploads{coming: map[string]*io.PipeWriter{}}
	return protocol.Mux{
		MethodList: protocol.Answer(func(ctx context.Context, in Listing) (Page, error) {
			return keeper().List(ctx, in.After, min(max(in.Limit, 1), store.MaxPage))
		}),
		MethodRemove: protocol.Answer(func(ctx context.Context, in Named) (File, error) {
			f, err := keeper().Find(ctx, in.File)
			if err != nil {
				return File{}, err
			}
			return f, keeper().Delete(ctx, f.ID)
		}),
		MethodRead: func(ctx context.Context, r *protocol.Request) (any, error) { return read(ctx, keeper(), r) },
		MethodAdd:  func(ctx context.Context, r *protocol.Request) (any, error) { return u.add(ctx, keeper(), r) },
		MethodPart: protocol.Answer(u.part),
	}
}

// Find answers the file of an id, or the only one of a name: fault.NotFound, fault.Conflict.
func (k *Keeper) Find(ctx context.Context, what string) (File, error) {
	f, err := k.Get(ctx, what)
	if fault.CodeOf(err) != fault.NotFound {
		return f, err
	}
	var found []File
	for after := ""; ; {
		page, err := k.List(ctx, after, store.MaxPage)
		if err != nil {
			return File{}, err
		}
		for _, f := range page.Files {
			if f.Name == what {
				found = append(found, f)
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	switch len(found) {
	case 0:
		return File{}, fault.New(fault.NotFound, "there is no such file").WithRemedy("kai files list tells which there are")
	case 1:
		return found[0], nil
	}
	return File{}, fault.New(fault.Conflict, "%d files have that name", len(found)).WithRemedy("write the id that kai files list prints")
}

// read sends a file.
func read(ctx context.Context, k *Keeper, r *protocol.Request) (any, error) {
	var in Named
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	f, err := k.Find(ctx, in.File)
	if err != nil {
		return nil, err
	}
	content, err := k.Open(ctx, f)
	if err != nil {
		return nil, err
	}
	defer content.Close() //nolint:errcheck // it was read
	if err := r.Emit(ctx, f); err != nil {
		return nil, err
	}
	part := make([]byte, PartBytes)
	for {
		n, err := io.ReadFull(content, part)
		if n > 0 {
			if err := r.Emit(ctx, Bytes{part[:n]}); err != nil {
				return nil, err
			}
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF: //nolint:errorlint // io.ReadFull's own
			return f, nil
		default:
			return nil, err
		}
	}
}

// uploads are the files that are coming in parts.
type uploads struct {
	mu     sync.Mutex // guards coming
	coming map[string]*io.PipeWriter
}

// add keeps a file whose parts come meanwhile. It ends with the caller's connection: nothing is kept then.
func (u *uploads) add(ctx context.Context, k *Keeper, r *protocol.Request) (any, error) {
	var in NewFile
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	content, parts := io.Pipe()
	stop := context.AfterFunc(ctx, func() { _ = parts.CloseWithError(ctx.Err()) }) // never fails
	defer stop()
	defer content.Close() //nolint:errcheck // never fails; a part that still comes is refused
	upload := record.NewID(k.opt.Now())
	u.mu.Lock()
	u.coming[upload] = parts
	u.mu.Unlock()
	defer func() { u.mu.Lock(); delete(u.coming, upload); u.mu.Unlock() }()
	if err := r.Emit(ctx, Upload{upload}); err != nil {
		return nil, err
	}
	return k.Put(ctx, in.Name, in.Type, &bounded{content, MaxBytes})
}

// part takes the next part, once the one before is on its way to the disk.
func (u *uploads) part(_ context.Context, in Part) (struct{}, error) {
	u.mu.Lock()
	to := u.coming[in.Upload]
	u.mu.Unlock()
	if to == nil {
		return struct{}{}, fault.New(fault.NotFound, "no such file is coming")
	}
	if _, err := to.Write(in.Bytes); err != nil {
		return struct{}{}, fault.New(fault.Canceled, "the file is not taken any more")
	}
	if in.Last {
		return struct{}{}, to.Close()
	}
	return struct{}{}, nil
}

// bounded refuses what is too large.
type bounded struct {
	io.Reader
	left int64
}

// Read reads on.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, tooLarge()
	}
	return n, err
}

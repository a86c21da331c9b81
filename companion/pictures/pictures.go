// Package pictures answers the assistant's methods blob.* from a store's blobs, and takes pictures along where records are
// exchanged: a blob goes to the other side before the record that names it.
//
// Imports shared/{assistant,fault,protocol,record,replica,store}.
package pictures

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/store"
)

// Blobs answers the methods of blobs. Its method Serve is assistant.Deps.Blobs.
type Blobs struct {
	Store store.Store
	// Taking notes that something is put whose record is yet to be written; what it answers notes the end. Nil: nobody sweeps.
	Taking func() (end func())
}

// grace is how long after a picture was put its record may come: views put it when they send.
const grace = time.Minute

// Serve answers one method.
func (b Blobs) Serve(ctx context.Context, method string, in json.RawMessage) (json.RawMessage, error) {
	blobs, err := store.Blobs(b.Store)
	if err != nil {
		return nil, err
	}
	q := protocol.NewRequest(method, in, nil)
	switch method {
	case assistant.MethodBlobGet:
		return answer(q, func(in assistant.ByID) (any, error) { return get(ctx, blobs, in.ID) })
	case assistant.MethodBlobPut:
		return answer(q, func(in assistant.Content) (any, error) { return b.put(ctx, blobs, in) })
	case assistant.BlobList:
		return answer(q, func(in assistant.ListBlobs) (any, error) { return blobs.ListBlobs(ctx, in.After, in.Limit) })
	case assistant.BlobSweep:
		return answer(q, func(in assistant.SweepBlobs) (any, error) {
			_, err := blobs.SweepBlobs(ctx, time.UnixMilli(in.Before))
			return assistant.Empty{}, err
		})
	}
	return nil, fault.New(fault.NotFound, "there is no method %.80q", method)
}

func answer[In any](q *protocol.Request, do func(In) (any, error)) (json.RawMessage, error) {
	var in In
	if err := q.Decode(&in); err != nil {
		return nil, err
	}
	out, err := do(in)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

func get(ctx context.Context, blobs store.BlobStore, name string) (assistant.Content, error) {
	r, err := blobs.ReadBlob(ctx, name, 0, -1)
	if err != nil {
		return assistant.Content{}, err
	}
	defer r.Close() //nolint:errcheck // it was read
	data, err := io.ReadAll(io.LimitReader(r, assistant.MaxPictureBytes+1))
	if err == nil && len(data) > assistant.MaxPictureBytes {
		err = fault.New(fault.Exhausted, "this is over %d MB, and no picture", assistant.MaxPictureBytes>>20).WithField("id")
	}
	return assistant.Content{Data: data}, err
}

// isPicture says whether bytes begin as the pictures do that models read.
func isPicture(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\x89PNG")) || bytes.HasPrefix(data, []byte("\xff\xd8\xff")) ||
		len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// put keeps a picture. It is not swept for a while, since its record is yet to come.
func (b Blobs) put(ctx context.Context, blobs store.BlobStore, in assistant.Content) (assistant.ByID, error) {
	if len(in.Data) > assistant.MaxPictureBytes {
		return assistant.ByID{}, fault.New(fault.Exhausted, "a picture has at most %d MB", assistant.MaxPictureBytes>>20).WithField("data").
			WithRemedy("send a smaller one")
	}
	if !isPicture(in.Data) {
		return assistant.ByID{}, fault.New(fault.Invalid, "these bytes are no PNG, JPEG or WebP").WithField("data").WithRemedy("convert the picture first")
	}
	if b.Taking != nil {
		time.AfterFunc(grace, b.Taking())
	}
	blob, err := blobs.PutBlob(ctx, bytes.NewReader(in.Data))
	return assistant.ByID{ID: blob.Name}, err
}

// Call calls a method, so that Blobs is a Place too.
func (b Blobs) Call(ctx context.Context, method string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "a call cannot be written as JSON")
	}
	reply, err := b.Serve(ctx, method, body)
	if err != nil {
		return err
	}
	return json.Unmarshal(reply, out)
}

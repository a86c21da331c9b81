package files_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/files"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// commanded is a command's connection to a keeper.
func commanded(t *testing.T, k *files.Keeper) *protocol.Peer {
	t.Helper()
	near, far := protocol.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	server := protocol.NewPeer(far, protocol.Options{Hello: protocol.Hello{App: "kai"}, MaxFrame: 64 << 10, Handler: files.Methods(func() *files.Keeper { return k })})
	command := protocol.NewPeer(near, protocol.Options{Hello: protocol.Hello{App: "kai-command"}})
	ended := make(chan struct{}, 2)
	for _, p := range []*protocol.Peer{server, command} {
		go func() { _ = p.Run(ctx); ended <- struct{}{} }()
	}
	t.Cleanup(func() { cancel(); <-ended; <-ended })
	return command
}

// sends sends a file in parts; after so many it answers gone.
func sends(t *testing.T, p *protocol.Peer, name string, parts [][]byte, gone error) (f files.File, err error) {
	t.Helper()
	return f, p.Stream(t.Context(), files.MethodAdd, files.NewFile{Name: name, Type: "text/plain"}, func(chunk json.RawMessage) error {
		var to files.Upload
		require.NoError(t, json.Unmarshal(chunk, &to))
		for i, part := range parts {
			last := gone == nil && i == len(parts)-1
			if err := p.Call(t.Context(), files.MethodPart, files.Part{Upload: to.Upload, Bytes: part, Last: last}, nil); err != nil {
				return nil //nolint:nilerr // the answer says why
			}
		}
		return gone
	}, &f)
}

func TestAFileGoesAndComesInParts(t *testing.T) {
	k, _, _ := keeper(t)
	p := commanded(t, k)
	content := bytes.Repeat([]byte("0123456789abcde\n"), 40_000) // more than two parts
	f, err := sends(t, p, "long.txt", [][]byte{content[:files.PartBytes], content[files.PartBytes:], nil}, nil)
	require.NoError(t, err)
	assert.Equal(t, []any{"long.txt", int64(len(content))}, []any{f.Name, f.Bytes})

	var got []byte
	var about files.File
	require.NoError(t, p.Stream(t.Context(), files.MethodRead, files.Named{File: "long.txt"}, func(chunk json.RawMessage) error {
		if about.ID == "" {
			return json.Unmarshal(chunk, &about)
		}
		var part files.Bytes
		require.NoError(t, json.Unmarshal(chunk, &part))
		got = append(got, part.Bytes...)
		return nil
	}, nil))
	assert.Equal(t, f, about)
	assert.True(t, bytes.Equal(content, got))
}

func TestOfAnUploadThatIsGivenUpNothingIsKept(t *testing.T) {
	k, s, _ := keeper(t)
	runs(t, k)
	p := commanded(t, k)
	enough := errors.New("enough")
	_, err := sends(t, p, "long.txt", [][]byte{[]byte("half")}, enough)
	require.ErrorIs(t, err, enough)
	assert.Eventually(t, func() bool {
		page, err := k.List(t.Context(), "", 10)
		return err == nil && len(page.Files) == 0 && len(kept(t, s)) == 0
	}, 5*time.Second, 5*time.Millisecond)
	assert.Equal(t, fault.NotFound, fault.CodeOf(p.Call(t.Context(), files.MethodPart, files.Part{Upload: "none"}, nil)))
}

func TestWhatIsNoFilesNameIsRefusedToTheCommand(t *testing.T) {
	k, _, _ := keeper(t)
	_, err := sends(t, commanded(t, k), "a/b", [][]byte{[]byte("a"), []byte("b"), nil}, nil)
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
}

func TestAFileIsFoundByItsIDOrItsOwnName(t *testing.T) {
	k, _, _ := keeper(t)
	one, two := put(t, k, "one.txt", "1"), put(t, k, "two.txt", "2")
	again := put(t, k, "two.txt", "3")
	for what, want := range map[string]files.File{one.ID: one, "one.txt": one, two.ID: two, again.ID: again} {
		f, err := k.Find(t.Context(), what)
		require.NoError(t, err)
		assert.Equal(t, want, f)
	}
	for what, code := range map[string]fault.Code{"two.txt": fault.Conflict, "three.txt": fault.NotFound, "": fault.NotFound} {
		_, err := k.Find(t.Context(), what)
		assert.Equal(t, code, fault.CodeOf(err), "%q", what)
	}
}

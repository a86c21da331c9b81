package postgres

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

func putBlob(t testing.TB, s *Store, content string) store.Blob {
	t.Helper()
	blob, err := s.PutBlob(context.Background(), strings.NewReader(content))
	require.NoError(t, err)
	return blob
}

func readBlob(t testing.TB, s *Store, name string) string {
	t.Helper()
	content, err := readPart(s, name, 0, -1)
	require.NoError(t, err)
	return content
}

func readPart(s *Store, name string, offset, length int64) (string, error) {
	r, err := s.ReadBlob(context.Background(), name, offset, length)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	return string(content), errors.Join(err, r.Close())
}

// large is content of several parts.
func large() string { return strings.Repeat("0123456789abcdef", 5*partBytes/32) }

func TestBlobsOfTwoOwnersAreApart(t *testing.T) {
	ctx, db := context.Background(), open(t, fresh(t, server))
	alice, bob := owned(t, db, "alice"), owned(t, db, "bob")
	same, hers := putBlob(t, alice, "the same bytes"), putBlob(t, alice, "hers")
	putBlob(t, bob, "the same bytes")
	_, err := bob.ReadBlob(ctx, hers.Name, 0, -1)
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	swept, err := bob.SweepBlobs(ctx, time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Len(t, swept, 1)
	assert.Equal(t, same.Name, swept[0].Name)
	assert.Equal(t, "the same bytes", readBlob(t, alice, same.Name))
	listed, err := bob.ListBlobs(ctx, "", 0)
	require.NoError(t, err)
	assert.Empty(t, listed)
	usage, err := alice.Measure(ctx)
	require.NoError(t, err)
	assert.EqualValues(t, len("the same bytes")+len("hers"), usage.Bytes)
}

func TestADamagedBlobIsToldAndMended(t *testing.T) {
	c := fresh(t, server)
	s := owned(t, open(t, c), "alice")
	for name, damage := range map[string]string{
		"other bytes":  `UPDATE kai.blob_parts SET bytes = convert_to(repeat('x', length(bytes)), 'UTF8') WHERE place = 1048576`,
		"a part short": `UPDATE kai.blob_parts SET bytes = substr(bytes, 1, 7) WHERE place = 1048576`,
		"a part lost":  `DELETE FROM kai.blob_parts WHERE place = 1048576`,
		"the first":    `DELETE FROM kai.blob_parts WHERE place = 0`,
	} {
		t.Run(name, func(t *testing.T) {
			blob := putBlob(t, s, large())
			content, err := readPart(s, blob.Name, partBytes-1, 2)
			require.NoError(t, err)
			assert.Equal(t, "f0", content)
			admin(t, server, database(t, c), damage)
			_, err = readPart(s, blob.Name, 0, -1)
			assert.Equal(t, fault.Malformed, fault.CodeOf(err), "%v", err)
			again := owned(t, s.db, "alice") // which has not found it whole before
			_, err = again.ReadBlob(context.Background(), blob.Name, 1, 1)
			assert.Equal(t, fault.Malformed, fault.CodeOf(err), "%v", err)
			putBlob(t, s, large())
			assert.Equal(t, large(), readBlob(t, s, blob.Name))
			content, err = readPart(again, blob.Name, partBytes-1, 2)
			require.NoError(t, err)
			assert.Equal(t, "f0", content)
		})
	}
}

func TestABlobIsReadThroughBeingPutAgainAndNotThroughBeingSwept(t *testing.T) {
	ctx, s := context.Background(), owned(t, open(t, fresh(t, server)), "alice")
	blob := putBlob(t, s, large())
	r, err := s.ReadBlob(ctx, blob.Name, 0, -1)
	require.NoError(t, err)
	begin := make([]byte, 10)
	_, err = io.ReadFull(r, begin)
	require.NoError(t, err)
	putBlob(t, s, large())
	middle := make([]byte, partBytes)
	_, err = io.ReadFull(r, middle)
	require.NoError(t, err)
	assert.Equal(t, large()[:10+partBytes], string(begin)+string(middle))
	swept, err := s.SweepBlobs(ctx, time.Now().Add(time.Hour))
	require.NoError(t, err)
	assert.Len(t, swept, 1)
	_, err = io.ReadAll(r)
	assert.Equal(t, fault.NotFound, fault.CodeOf(err), "%v", err)
}

// A put that goes on shows nothing, and parts go with their blob.
func TestNoPartsAreLeftBehind(t *testing.T) {
	ctx, c := context.Background(), fresh(t, server)
	s := owned(t, open(t, c), "alice")
	parts := func(n string) {
		admin(t, server, database(t, c), `DO $$ BEGIN ASSERT (SELECT count(*) FROM kai.blob_parts) = `+n+`; END $$`)
	}
	more, content := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := s.PutBlob(ctx, more)
		done <- err
	}()
	_, err := io.WriteString(content, large())
	require.NoError(t, err)
	listed, err := s.ListBlobs(ctx, "", 0)
	require.NoError(t, err)
	assert.Empty(t, listed)
	require.NoError(t, content.CloseWithError(errors.New("lost the line")))
	require.ErrorContains(t, <-done, "lost the line")
	parts("0")
	putBlob(t, s, large())
	putBlob(t, s, large())
	parts("3")
	_, err = s.SweepBlobs(ctx, time.Now().Add(time.Hour))
	require.NoError(t, err)
	parts("0")
}

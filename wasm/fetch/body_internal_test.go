package fetch

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
)

// network counts what a body asks of it.
type network struct{ pulls, aborts int }

func (n *network) body(ctx context.Context) *body {
	return newBody(ctx, func() { n.pulls++ }, func() { n.aborts++ })
}

func TestEverythingThatArrivedIsReadAtOnce(t *testing.T) {
	n := &network{}
	b := n.body(context.Background())
	b.push([]byte("one "))
	b.push([]byte("two"))
	buffer := make([]byte, 100)
	size, err := b.Read(buffer)
	require.NoError(t, err)
	require.Equal(t, "one two", string(buffer[:size]))
	b.end(nil)
	_, err = b.Read(buffer)
	require.ErrorIs(t, err, io.EOF)
}

func TestAChunkIsAskedForOnceAndOnlyWhileThereIsRoom(t *testing.T) {
	n := &network{}
	b := n.body(context.Background())
	b.more()
	b.more()
	require.Equal(t, 1, n.pulls)
	require.True(t, b.push([]byte("room")))
	require.False(t, b.push(make([]byte, highWater-4)), "nobody reads: the network has to wait")
	_, err := io.ReadFull(b, make([]byte, highWater))
	require.NoError(t, err)
	b.more()
	require.Equal(t, 2, n.pulls)
}

func TestWhatArrivedIsReadBeforeTheErrorThatEndedIt(t *testing.T) {
	b := (&network{}).body(context.Background())
	b.push([]byte("half"))
	cut := errors.New("the line was cut")
	b.end(cut)
	got, err := io.ReadAll(b)
	require.Equal(t, "half", string(got))
	require.ErrorIs(t, err, cut)
}

func TestReadingEndsWithItsContextAndStopsTheExchange(t *testing.T) {
	n := &network{}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := n.body(ctx).Read(make([]byte, 1))
	require.Equal(t, fault.Canceled, fault.CodeOf(err))
	require.Equal(t, 1, n.aborts)
}

func TestAClosedBodyTakesNothingMore(t *testing.T) {
	n := &network{}
	b := n.body(context.Background())
	require.NoError(t, b.Close())
	require.False(t, b.push([]byte("late")))
	_, err := b.Read(make([]byte, 1))
	require.Equal(t, fault.Canceled, fault.CodeOf(err))
	require.Positive(t, n.aborts)
}

package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An update has arrived when everybody has it: one who gets it twice is not two, and what others tell is not it.
func TestAnUpdateHasArrivedWhenEverybodyHasIt(t *testing.T) {
	c := &crowd{}
	var members []func([]byte)
	for range manyClients {
		members = append(members, c.member())
	}
	u := c.await("Change 7.")
	for _, hear := range members[1:] {
		hear([]byte(`{"text":"Change 7."}`))
	}
	members[1]([]byte(`{"text":"Change 7."}`))
	members[0]([]byte(`{"text":"Change 6."}`))
	require.Empty(t, u.last)
	members[0]([]byte(`{"text":"Change 7."}`))
	require.Len(t, u.last, 1)
	require.JSONEq(t, `{"text":"Change 7."}`, string(c.sample("Change 7.")))
}

// A bare fan-out reaches every listener, whoever was the last to come.
func TestTheBareFanOutReachesEverybody(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s := newStage(ctx, "fanout")
	require.NoError(t, s.play(func() {
		listeners, server := listenBare(s)
		for range 3 {
			require.Positive(s, listeners.reached(s, "Hello", func() { server.tell([]byte("Hello")) }))
		}
	}))
}

package clients_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/clients"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

// door is one with a clock that stands still until it is moved.
func door(t *testing.T) (*clients.Door, clients.Book, *time.Time) {
	t.Helper()
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	now := time.Now()
	return clients.NewDoor(clients.In(dir), func() time.Time { return now }), clients.In(dir), &now
}

func asks(t *testing.T, d *clients.Door) string {
	t.Helper()
	secret, err := d.Ask("Firefox on Linux", "192.0.2.7")
	require.NoError(t, err)
	return secret
}

// whole says of what a browser that shows a secret is told: whether it waits, came in, or is unknown.
func entered(t *testing.T, d *clients.Door, secret string) (string, string) {
	t.Helper()
	w, token, err := d.Enter(secret)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return "unknown", ""
	case token != "":
		return "in", token
	}
	require.NoError(t, err)
	assert.Len(t, w.Code, 6)
	return "waits", ""
}

func TestABrowserWaitsUntilAPersonDecides(t *testing.T) {
	d, book, _ := door(t)
	first, second, third := asks(t, d), asks(t, d), asks(t, d)
	waiting := d.Waiting()
	require.Len(t, waiting, 3)
	assert.NotEqual(t, waiting[0].Code, waiting[1].Code)
	for _, secret := range []string{first, second, third} {
		state, _ := entered(t, d, secret)
		assert.Equal(t, "waits", state)
	}
	require.NoError(t, d.Approve(waiting[0].ID))
	require.NoError(t, d.Refuse(waiting[1].ID))
	require.NoError(t, d.Approve(waiting[2].ID))
	state, token := entered(t, d, first)
	assert.Equal(t, "in", state)
	assert.True(t, book.Knows(token))
	state, _ = entered(t, d, first)
	assert.Equal(t, "unknown", state, "a secret lets in once")
	state, _ = entered(t, d, second)
	assert.Equal(t, "unknown", state)
	state, _ = entered(t, d, third)
	assert.Equal(t, "in", state)
	all, err := book.List()
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, []string{"Firefox on Linux", "Firefox on Linux 2"}, []string{all[0].Name, all[1].Name})
	assert.Equal(t, fault.NotFound, fault.CodeOf(d.Approve(waiting[0].ID)))
	state, _ = entered(t, d, "another")
	assert.Equal(t, "unknown", state)
}

func TestNobodyWaitsForEver(t *testing.T) {
	d, book, now := door(t)
	secret := asks(t, d)
	id := d.Waiting()[0].ID
	require.NoError(t, d.Approve(id))
	*now = now.Add(clients.WaitAge)
	state, _ := entered(t, d, secret)
	assert.Equal(t, "unknown", state, "let in, and not there")
	assert.Empty(t, d.Waiting())
	all, err := book.List()
	require.NoError(t, err)
	assert.Empty(t, all)
}

func TestTheDoorIsNoRoom(t *testing.T) {
	d, _, now := door(t)
	for range 8 {
		asks(t, d)
	}
	_, err := d.Ask("Firefox", "192.0.2.7")
	assert.Equal(t, fault.Exhausted, fault.CodeOf(err))
	*now = now.Add(clients.WaitAge)
	asks(t, d)
}

func TestABrowserIsCalledByWordsOfOurs(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                   "Chrome on a Mac",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on an iPhone",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                            "Chrome on Android",
		"curl/8 \x1b[31m your bank": "A browser", "": "A browser",
	} {
		assert.Equal(t, want, clients.Called(agent), agent)
	}
}

package vault_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

const password = config.Secret("correct horse")

// quick is a KDF that costs nothing; the strong one is seen in the vectors and in companion/cli.
func quick() vault.KDF { return vault.KDF{Name: vault.PBKDF2SHA512, Iterations: 1} }

func code(err error) string { return string(fault.CodeOf(err)) }

// made makes a vault with one object and leaves it unlocked.
func made(t *testing.T) (*vault.Vault, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secrets", "vault.db")
	v := vault.At(path, time.Now)
	t.Cleanup(v.Lock)
	require.NoError(t, v.Create(t.Context(), password, quick()))
	_, err := v.Put(t.Context(), []vault.Object{key("openai", "sk-1")}, false)
	require.NoError(t, err)
	return v, path
}

func key(id string, value config.Secret) vault.Object {
	return vault.Object{Entry: vault.Entry{ID: id, Type: "api_key", Metadata: vault.Metadata{Created: time.Unix(1_800_000_000, 0).UTC()}}, Value: value}
}

func TestASecretComesBack(t *testing.T) {
	v, path := made(t)
	o, err := v.Get(t.Context(), "openai")
	require.NoError(t, err)
	assert.Equal(t, key("openai", "sk-1"), o)
	v.Lock()
	_, err = v.Get(t.Context(), "openai")
	assert.Equal(t, "locked", code(err))
	again := vault.At(path, time.Now)
	require.NoError(t, again.Unlock(t.Context(), password))
	defer again.Lock()
	value, err := config.Dereference(t.Context(), "vault:openai", again)
	require.NoError(t, err)
	assert.Equal(t, "sk-1", value.Reveal())
	value, err = config.Dereference(t.Context(), "sk-2", again)
	require.NoError(t, err)
	assert.Equal(t, "sk-2", value.Reveal(), "a value stands for itself")
	_, err = config.Dereference(t.Context(), "vault:nothing", again)
	assert.Equal(t, "not_found", code(err))
}

func TestTheListNeedsNoPasswordAndShowsNoSecret(t *testing.T) {
	v, path := made(t)
	_, err := v.Put(t.Context(), []vault.Object{key("b", "sk-2"), key("A", "sk-3")}, false)
	require.NoError(t, err)
	entries, err := vault.At(path, time.Now).List(t.Context())
	require.NoError(t, err)
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	assert.Equal(t, []string{"A", "b", "openai"}, ids)
	assert.NotContains(t, fmt.Sprintf("%#v %+v", entries, key("x", "sk-9")), "sk-")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "sk-")
}

func TestPutKeepsUnlessToldToReplace(t *testing.T) {
	v, _ := made(t)
	out, err := v.Put(t.Context(), []vault.Object{key("new", "1"), key("openai", "sk-2")}, false)
	require.NoError(t, err)
	assert.Equal(t, vault.Outcome{Added: []string{"new"}, Replaced: []string{}, Kept: []string{"openai"}}, out)
	o, err := v.Get(t.Context(), "openai")
	require.NoError(t, err)
	assert.Equal(t, "sk-1", o.Value.Reveal())
	out, err = v.Put(t.Context(), []vault.Object{key("openai", "sk-2")}, true)
	require.NoError(t, err)
	assert.Equal(t, []string{"openai"}, out.Replaced)
	o, err = v.Get(t.Context(), "openai")
	require.NoError(t, err)
	assert.Equal(t, "sk-2", o.Value.Reveal())
}

func TestRemoveTakesAllOrNone(t *testing.T) {
	v, _ := made(t)
	assert.Equal(t, "not_found", code(v.Remove(t.Context(), "openai", "nothing")))
	_, err := v.Get(t.Context(), "openai")
	require.NoError(t, err)
	require.NoError(t, v.Remove(t.Context(), "openai"))
	_, err = v.Get(t.Context(), "openai")
	assert.Equal(t, "not_found", code(err))
}

func TestWhatIsRefused(t *testing.T) {
	v, path := made(t)
	name := func(name string) vault.Object { o := key("a", "1"); o.Metadata.Name = name; return o }
	for what, c := range map[string]struct {
		err  error
		want string
	}{
		"a second vault":      {vault.At(path, time.Now).Create(t.Context(), password, quick()), "conflict"},
		"a short password":    {vault.At(path+"2", time.Now).Create(t.Context(), "1234567", quick()), "invalid"},
		"an endless password": {vault.At(path+"2", time.Now).Create(t.Context(), config.Secret(strings.Repeat("x", 1025)), quick()), "invalid"},
		"no vault":            {vault.At(path+"2", time.Now).Unlock(t.Context(), password), "not_found"},
		"an unknown KDF":      {vault.At(path+"2", time.Now).Create(t.Context(), password, vault.KDF{Name: "rot13", Iterations: 1}), "unsupported"},
		"no id":               {putting(t, v, key("", "1")), "invalid"},
		"a path as id":        {putting(t, v, key("../x", "1")), "invalid"},
		"a long id":           {putting(t, v, key(strings.Repeat("x", 129), "1")), "invalid"},
		"an unknown type":     {putting(t, v, vault.Object{Entry: vault.Entry{ID: "a", Type: "pin", Metadata: vault.Metadata{Created: time.Now()}}}), "invalid"},
		"an escape in a name": {putting(t, v, name("\x1b[2J")), "invalid"},
		"two lines of name":   {putting(t, v, name("a\nb")), "invalid"},
		"broken UTF-8":        {putting(t, v, name("\xff")), "invalid"},
		"a large secret":      {putting(t, v, key("a", config.Secret(strings.Repeat("x", vault.MaxValue+1)))), "invalid"},
		"a reference":         {putting(t, v, key("a", "vault:openai")), "invalid"},
	} {
		assert.Equal(t, c.want, code(c.err), what)
	}
	_, err := os.Stat(path + "2")
	assert.ErrorIs(t, err, os.ErrNotExist, "nothing was written")
}

func putting(t *testing.T, v *vault.Vault, o vault.Object) error {
	t.Helper()
	_, err := v.Put(t.Context(), []vault.Object{key("good", "1"), o}, false)
	entries, failed := v.List(t.Context())
	require.NoError(t, failed)
	require.Len(t, entries, 1, "all or none")
	return err
}

func TestOthersCannotRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("access lists, not modes")
	}
	_, path := made(t)
	_ = vault.At(path, time.Now).Unlock(t.Context(), "wrong horse")
	for file, want := range map[string]os.FileMode{filepath.Dir(path): 0o700, path: 0o600, path + ".lock": 0o600, path + ".tries": 0o600} {
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, want, info.Mode().Perm(), file)
	}
	_, err := os.Stat(path + ".new")
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestALinkStaysALink(t *testing.T) {
	v, path := made(t)
	v.Lock()
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(path, link))
	through := vault.At(link, time.Now)
	require.NoError(t, through.Unlock(t.Context(), password))
	defer through.Lock()
	require.NoError(t, through.Remove(t.Context(), "openai"))
	entries, err := vault.At(path, time.Now).List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestIdleTimeLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, _ := made(t)
		time.Sleep(vault.Idle - time.Second)
		_, err := v.Get(t.Context(), "openai")
		require.NoError(t, err)
		time.Sleep(vault.Idle - time.Second)
		assert.True(t, v.Unlocked(), "use begins the time anew")
		time.Sleep(2 * time.Second)
		assert.False(t, v.Unlocked())
		_, err = v.Get(t.Context(), "openai")
		assert.Equal(t, "locked", code(err))
	})
}

// Whoever was let in by an unlocking learns when it ends, and only then.
func TestAnUnlockingTellsItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, _ := made(t)
		over := func(c <-chan struct{}) bool {
			select {
			case <-c:
				return true
			default:
				return false
			}
		}
		first := v.Unlocking()
		time.Sleep(vault.Idle - time.Second)
		require.True(t, v.Use())
		time.Sleep(vault.Idle - time.Second)
		require.NoError(t, v.Unlock(t.Context(), password))
		assert.Equal(t, first, v.Unlocking(), "once more is no other")
		assert.False(t, over(first))
		time.Sleep(vault.Idle)
		synctest.Wait()
		assert.True(t, over(first), "without anybody's asking")
		assert.Nil(t, v.Unlocking())
		assert.False(t, v.Use())

		require.NoError(t, v.Unlock(t.Context(), password))
		second := v.Unlocking()
		assert.False(t, over(second))
		require.NoError(t, v.ChangePassword(t.Context(), password, "battery staple", quick()))
		assert.True(t, over(second), "a new password shuts out who gave the old one")
		assert.False(t, over(v.Unlocking()))
	})
}

// Timers stand still while a computer sleeps; the wall does not.
func TestASleepingComputerLocks(t *testing.T) {
	var asleep time.Duration
	v := vault.At(filepath.Join(t.TempDir(), "vault.db"), func() time.Time { return time.Now().Add(asleep) })
	require.NoError(t, v.Create(t.Context(), password, quick()))
	asleep = vault.Idle
	_, err := v.All(t.Context())
	assert.Equal(t, "locked", code(err))
}

func TestANewPasswordShutsTheOldOneOut(t *testing.T) {
	v, path := made(t)
	other := vault.At(path, time.Now)
	require.NoError(t, other.Unlock(t.Context(), password))
	assert.Equal(t, "unauthorized", code(v.ChangePassword(t.Context(), "wrong horse", "battery staple", quick())))
	assert.Equal(t, "invalid", code(v.ChangePassword(t.Context(), password, "short", quick())))
	require.NoError(t, v.ChangePassword(t.Context(), password, "battery staple", quick()))
	_, err := other.Get(t.Context(), "openai")
	assert.Equal(t, "locked", code(err), "unlocked with the old one")
	assert.False(t, other.Unlocked())
	assert.Equal(t, "unauthorized", code(other.Unlock(t.Context(), password)))
	require.NoError(t, other.Unlock(t.Context(), "battery staple"))
	o, err := other.Get(t.Context(), "openai")
	require.NoError(t, err)
	assert.Equal(t, "sk-1", o.Value.Reveal())
	other.Lock()
}

func TestWrongPasswordsWait(t *testing.T) {
	_, path := made(t)
	now := time.Unix(1_800_000_000, 0)
	// Every try is of another process: ending one resets nothing.
	try := func(p config.Secret) error {
		v := vault.At(path, func() time.Time { return now })
		defer v.Lock()
		return v.Unlock(t.Context(), p)
	}
	for range 5 {
		require.Equal(t, "unauthorized", code(try("wrong horse")))
	}
	for _, wait := range []time.Duration{30, 60, 120, 240, 480, 900, 900, 900} {
		require.Equal(t, "unavailable", code(try(password)), "even the right one")
		now = now.Add(wait*time.Second - time.Millisecond)
		require.Equal(t, "unavailable", code(try(password)), wait)
		now = now.Add(time.Millisecond)
		require.Equal(t, "unauthorized", code(try("wrong horse")), wait)
	}
	now = now.Add(-24 * time.Hour) // the clock is set back
	require.Equal(t, "unavailable", code(try(password)))
	now = now.Add(15 * time.Minute)
	require.NoError(t, try(password), "the wait is never longer than the longest")
	require.Equal(t, "unauthorized", code(try("wrong horse")), "the right one begins the count anew")

	require.NoError(t, os.WriteFile(path+".tries", []byte("{"), 0o600))
	require.Equal(t, "unavailable", code(try(password)), "a damaged count is no way around")
}

func TestManyUseItAtOnce(t *testing.T) {
	v, path := made(t)
	other := vault.At(path, time.Now)
	require.NoError(t, other.Unlock(t.Context(), password))
	defer other.Lock()
	var group sync.WaitGroup
	var want []string
	for i := range 40 {
		id := fmt.Sprintf("id-%02d", i)
		want = append(want, id)
		group.Go(func() {
			_, err := []*vault.Vault{v, other}[i%2].Put(context.Background(), []vault.Object{key(id, "1")}, false)
			assert.NoError(t, err)
		})
		group.Go(func() {
			o, err := []*vault.Vault{v, other}[i/2%2].Get(context.Background(), "openai")
			assert.NoError(t, err)
			assert.Equal(t, "sk-1", o.Value.Reveal())
		})
	}
	group.Wait()
	entries, err := v.List(t.Context())
	require.NoError(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.ID)
	}
	assert.Equal(t, append(want, "openai"), slices.Sorted(slices.Values(got)))
}

func TestWaitingForABusyVaultEnds(t *testing.T) {
	v, path := made(t)
	lock := holder(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- v.Remove(ctx, "openai") }()
	cancel()
	assert.ErrorIs(t, <-done, context.Canceled)
	lock()
	require.NoError(t, v.Remove(t.Context(), "openai"))
}

func TestAWriteThatFailsLosesNothing(t *testing.T) {
	v, path := made(t)
	require.NoError(t, os.MkdirAll(filepath.Join(path+".new", "in the way"), 0o700))
	assert.Equal(t, "unavailable", code(v.Remove(t.Context(), "openai")))
	_, err := v.Get(t.Context(), "openai")
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(path+".new"))
	require.NoError(t, os.WriteFile(path+".new", []byte("half a"), 0o600))
	require.NoError(t, v.Remove(t.Context(), "openai"), "what a killed process left is in nobody's way")
}

// holder takes a vault's lock as another process would, until the function it gives is called.
func holder(t *testing.T, path string) func() {
	t.Helper()
	lock, err := datadir.TryLock(path + ".lock")
	require.NoError(t, err)
	require.NotNil(t, lock)
	return lock.Release
}

package vault_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/config"
)

// child runs this test again in a process of its own, with the vault to work on.
func child(t *testing.T, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$") //nolint:gosec // this test itself
	cmd.Env = append(os.Environ(), "KAI_TEST_VAULT="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

func turn(n int) config.Secret { return config.Secret(fmt.Sprintf("password %d", n)) }

// work fills a vault and changes its password, and tells of each step before and after, until it is killed.
func work(t *testing.T, path string, from int) {
	t.Helper()
	v := vault.At(path, time.Now)
	require.NoError(t, v.Unlock(t.Context(), turn(from)))
	for n := from + 1; ; n++ {
		fmt.Println("begin", n) //nolint:forbidigo // to the parent
		_, err := v.Put(t.Context(), []vault.Object{key(fmt.Sprintf("id-%05d", n), turn(n))}, false)
		require.NoError(t, err)
		require.NoError(t, v.ChangePassword(t.Context(), turn(n-1), turn(n), quick()))
		fmt.Println("done", n) //nolint:forbidigo // to the parent
	}
}

// Whatever a vault acknowledged is there after kill -9 at any moment, and it opens with the password of before or after.
func TestAKilledProcessLosesNothing(t *testing.T) {
	if path := os.Getenv("KAI_TEST_VAULT"); path != "" {
		var from int
		text, err := os.ReadFile(path + ".turn")
		require.NoError(t, err)
		_, err = fmt.Sscan(string(text), &from)
		require.NoError(t, err)
		work(t, path, from)
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	v := vault.At(path, time.Now)
	require.NoError(t, v.Create(t.Context(), turn(0), quick()))
	v.Lock()
	done := 0
	const rounds = 40
	for round := range rounds {
		require.NoError(t, os.WriteFile(path+".turn", fmt.Append(nil, done), 0o600))
		cmd, lines := child(t, path)
		begun := done
		for stop := begun + rand.IntN(6); lines.Scan(); {
			_, _ = fmt.Sscanf(lines.Text(), "begin %d", &begun)
			_, _ = fmt.Sscanf(lines.Text(), "done %d", &done)
			if begun >= stop && rand.IntN(2) == 0 {
				break
			}
		}
		spin(rand.IntN(2_000_000))
		require.NoError(t, cmd.Process.Kill())
		for lines.Scan() { // acknowledged before the end
			_, _ = fmt.Sscanf(lines.Text(), "begin %d", &begun)
			_, _ = fmt.Sscanf(lines.Text(), "done %d", &done)
		}
		_ = cmd.Wait() // it was killed
		v := vault.At(path, time.Now)
		if v.Unlock(t.Context(), turn(done)) != nil {
			require.NoError(t, v.Unlock(t.Context(), turn(begun)), "round %d: killed between %d and %d", round, done, begun)
			done = begun
		}
		objects, err := v.All(t.Context())
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(objects), done)
		for n, o := range objects {
			require.Equal(t, turn(n+1), o.Value)
		}
		v.Lock()
		if len(objects) > done { // put, and killed before the password was changed
			require.Len(t, objects, done+1)
			require.NoError(t, v.Unlock(t.Context(), turn(done)))
			require.NoError(t, v.Remove(t.Context(), objects[done].ID))
			v.Lock()
		}
	}
	assert.Positive(t, done)
	t.Logf("%d steps, %d kills", done, rounds)
}

// spin passes a moment that no clock measures.
func spin(n int) {
	x := 1
	for range n {
		x = x*3 + 1
	}
	_ = x
}

// A try is counted before it is made: killing kai in the midst of one gains nothing.
func TestAKilledTryCounts(t *testing.T) {
	if path := os.Getenv("KAI_TEST_VAULT"); path != "" {
		_ = vault.At(path, time.Now).Unlock(t.Context(), password)
		os.Exit(0)
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	slow := vault.KDF{Name: vault.Argon2id, Iterations: 32, Memory: 16 << 10, Lanes: 1}
	v := vault.At(path, time.Now)
	require.NoError(t, v.Create(t.Context(), password, slow))
	v.Lock()
	for n := 1; n <= 5; n++ {
		want := fmt.Sprintf(`{"failures":%d,`, n)
		counted := func() bool {
			text, _ := os.ReadFile(path + ".tries")
			return len(text) > len(want) && string(text[:len(want)]) == want
		}
		cmd, _ := child(t, path)
		require.Eventually(t, counted, 20*time.Second, time.Millisecond)
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait() // it was killed
	}
	assert.Equal(t, "unavailable", code(vault.At(path, time.Now).Unlock(t.Context(), password)))
}

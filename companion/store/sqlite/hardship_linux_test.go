package sqlite

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// within names the test that runs in a process with other rights.
const within = "KAI_TEST_WITHIN"

// in runs the same test again in a namespace of its own, as root there or as a common person, and says whether this is
// that process. Root in it may mount disks; a common person may not write what is read-only, as this test's root may.
func in(t *testing.T, uid int) bool {
	t.Helper()
	if os.Getenv(within) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v") //nolint:gosec // it is this test
	cmd.Env = append(os.Environ(), within+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("this computer has no user namespaces for everybody (%v): sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run the tests as root", err)
	}
	require.NoError(t, err, "%s", out)
	return false
}

// disk mounts a disk of a few kilobytes that goes with the process, and opens a store on it.
func disk(t *testing.T, size string) (folder string, s *Store) {
	t.Helper()
	folder = t.TempDir()
	require.NoError(t, syscall.Mount("tmpfs", folder, "tmpfs", 0, "size="+size))
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) }) // it goes with the process anyway
	return folder, open(t, filepath.Join(folder, "kai.db"))
}

func TestADiskThatIsFull(t *testing.T) {
	if !in(t, 0) {
		return
	}
	ctx := context.Background()
	folder, s := disk(t, "2m")
	ballast := filepath.Join(folder, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 600_000), 0o600))
	acknowledged, err := 0, error(nil)
	for ; err == nil; acknowledged++ {
		_, err = s.Apply(ctx, store.Put(note(acknowledged, strings.Repeat("x", 20_000))), store.Put(note(100_000+acknowledged, "y")))
	}
	acknowledged--
	helps(t, err, fault.Exhausted, s.path)
	require.Positive(t, acknowledged)
	_, err = s.PutBlob(ctx, strings.NewReader(strings.Repeat("z", 1<<20)))
	helps(t, err, fault.Exhausted, s.path)
	_, err = s.Compact(ctx, time.Now(), nil)
	helps(t, err, fault.Exhausted, s.path)
	i, err := Inspect(ctx, s.path, store.Schema())
	require.NoError(t, err)
	_, err = i.Backup(ctx, filepath.Join(folder, "backup"), time.Now(), nil)
	require.Equal(t, fault.Exhausted, fault.CodeOf(err), "%v", err)
	require.NoError(t, i.Close())
	assert.NoDirExists(t, filepath.Join(folder, "backup"))

	hold := func(want int) {
		feed, err := s.Changes(ctx, 0, store.MaxPage)
		require.NoError(t, err)
		assert.Len(t, feed.Records, want)
		sound(t, s.path)
	}
	hold(2 * acknowledged)
	require.NoError(t, os.Remove(ballast))
	_, err = s.Apply(ctx, store.Put(note(99_999, strings.Repeat("x", 20_000))))
	require.NoError(t, err, "it goes on when there is space again")
	hold(2*acknowledged + 1)
}

func TestADiskThatIsReadOnly(t *testing.T) {
	if !in(t, 0) {
		return
	}
	ctx := context.Background()
	folder, s := disk(t, "4m")
	_, err := s.Apply(ctx, store.Put(note(1, "kept")))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, syscall.Mount("", folder, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	_, err = Open(ctx, s.path, store.Schema())
	helps(t, err, fault.Unavailable, s.path)
	readable(t, s.path)
	require.NoError(t, syscall.Mount("", folder, "", syscall.MS_REMOUNT, ""))
	_, err = open(t, s.path).Apply(ctx, store.Put(note(2, "goes on")))
	require.NoError(t, err)
}

// sound checks a store on a connection of its own: FTS5 takes what it remembers on an older one for damage.
func sound(t *testing.T, path string) upkeep.Report {
	t.Helper()
	i, err := Inspect(t.Context(), path, store.Schema())
	require.NoError(t, err)
	report, err := i.Check(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, report.Damage)
	require.NoError(t, i.Close())
	return report
}

// readable checks a store of one record, and that it can be backed up, where nothing can be written.
func readable(t *testing.T, path string) {
	t.Helper()
	assert.Equal(t, int64(1), sound(t, path).Total())
	i, err := Inspect(t.Context(), path, store.Schema())
	require.NoError(t, err)
	m, err := i.Backup(t.Context(), filepath.Join(t.TempDir(), "backup"), time.Now(), nil)
	require.NoError(t, err)
	assert.Equal(t, int64(1), m.Total())
	require.NoError(t, i.Close())
}

func TestPermissionsThatAreLacking(t *testing.T) {
	if !in(t, 1000) {
		return
	}
	for name, c := range map[string]struct {
		folder, file os.FileMode
		readable     bool
	}{
		"a file to read only":     {0o700, 0o400, true},
		"a folder to read only":   {0o500, 0o600, true},
		"both to read only":       {0o500, 0o400, true},
		"a file for nobody":       {0o700, 0o000, false},
		"a folder not to look in": {0o000, 0o600, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filled(t, 1)
			before, err := os.ReadFile(path)
			require.NoError(t, err)
			folder := filepath.Dir(path)
			require.NoError(t, os.Chmod(path, c.file))
			require.NoError(t, os.Chmod(folder, c.folder))
			_, err = Open(t.Context(), path, store.Schema())
			helps(t, err, fault.Unavailable, path)
			if c.readable {
				readable(t, path)
			} else if c.file == 0 || c.folder == 0 {
				_, err = Inspect(t.Context(), path, store.Schema())
				helps(t, err, fault.Unavailable, path)
			}
			require.NoError(t, os.Chmod(folder, 0o700)) //nolint:gosec // a folder needs x
			require.NoError(t, os.Chmod(path, 0o600))
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, before, after, "nothing was overwritten")
			open(t, path)
		})
	}
}

// A permission that goes while the store is open stops nothing that was open, and costs nothing that was acknowledged.
func TestPermissionsThatAreLost(t *testing.T) {
	if !in(t, 1000) {
		return
	}
	ctx, path := context.Background(), filled(t, 1)
	s := open(t, path)
	require.NoError(t, os.Chmod(path, 0o400))
	require.NoError(t, os.Chmod(filepath.Dir(path), 0o500)) //nolint:gosec // a folder needs x
	acknowledged := 1
	for n := 1; n < 20; n++ {
		if _, err := s.Apply(ctx, store.Put(note(n, "x"))); err != nil {
			helps(t, err, fault.Unavailable, path)
			continue
		}
		acknowledged++
	}
	_, err := s.PutBlob(ctx, strings.NewReader("x"))
	helps(t, err, fault.Unavailable, path)
	_ = s.Close()                                           // it may not be able to tidy up
	require.NoError(t, os.Chmod(filepath.Dir(path), 0o700)) //nolint:gosec // a folder needs x
	require.NoError(t, os.Chmod(path, 0o600))
	feed, err := open(t, path).Changes(ctx, 0, 0)
	require.NoError(t, err)
	assert.Len(t, feed.Records, acknowledged)
}

// hold is what another process does with the store's file until it is killed.
func TestAnotherProcessThatHoldsTheFile(t *testing.T) {
	if path := os.Getenv(within); path != "" {
		s, err := Open(context.Background(), path, store.Schema())
		require.NoError(t, err)
		_, err = s.writer.Exec(`BEGIN IMMEDIATE`)
		require.NoError(t, err)
		_, _ = os.Stdout.WriteString("held\n")
		select {}
	}
	ctx, path := context.Background(), filled(t, 1)
	other := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$") //nolint:gosec // it is this test
	other.Env = append(os.Environ(), within+"="+path)
	out, err := other.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, other.Start())
	defer func() { _ = other.Process.Kill(); _ = other.Wait() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "held\n", line)
	_, err = Open(ctx, path, store.Schema())
	helps(t, err, fault.Unavailable, path)
	assert.Contains(t, fault.Public(err).Message, "another program")
	readable(t, path)
	require.NoError(t, other.Process.Kill())
	_ = other.Wait() // it was killed
	_, err = open(t, path).Apply(ctx, store.Put(note(2, "x")))
	require.NoError(t, err)
}

func TestALogThatIsRemovedWhileTheStoreIsOpen(t *testing.T) {
	ctx, path := context.Background(), filled(t, 1)
	s := open(t, path)
	_, err := s.Apply(ctx, store.Put(note(2, "acknowledged")))
	require.NoError(t, err)
	require.NoError(t, os.Remove(logOf(path)))
	_, err = s.Apply(ctx, store.Put(note(3, "refused")))
	helps(t, err, fault.Unavailable, path)
	require.NoError(t, s.Close())
	feed, err := open(t, path).Changes(ctx, 0, 0)
	require.NoError(t, err)
	assert.Len(t, feed.Records, 2, "what was acknowledged was saved")
}

func TestALogThatIsRemovedAfterAKill(t *testing.T) {
	ctx, path := context.Background(), filled(t, 1)
	s := open(t, path)
	_, err := s.Apply(ctx, store.Put(note(2, "in the log")))
	require.NoError(t, err)
	copied := filepath.Join(t.TempDir(), "kai.db") // as a kill leaves it
	for _, suffix := range []string{"", "-open"} {
		data, err := os.ReadFile(path + suffix)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(copied+suffix, data, 0o600))
	}
	before, err := os.ReadFile(copied)
	require.NoError(t, err)
	for range 2 { // looking changes nothing
		_, err = Open(ctx, copied, store.Schema())
		helps(t, err, fault.Malformed, copied)
		assert.Contains(t, fault.Public(err).Remedy, copied+"-wal")
	}
	after, err := os.ReadFile(copied)
	require.NoError(t, err)
	assert.Equal(t, before, after)
	require.NoError(t, os.Remove(copied+"-open"))
	feed, err := open(t, copied).Changes(ctx, 0, 0)
	require.NoError(t, err)
	assert.Len(t, feed.Records, 1)
}

// Looking at the store of a killed kai must not take its log away: the next kai would miss it.
func TestLookingAfterAKillLeavesTheLog(t *testing.T) {
	ctx, path := context.Background(), filled(t, 1)
	s := open(t, path)
	_, err := s.Apply(ctx, store.Put(note(2, "in the log")))
	require.NoError(t, err)
	copied := filepath.Join(t.TempDir(), "kai.db") // as a kill leaves it
	for _, suffix := range []string{"", "-open", "-wal"} {
		data, err := os.ReadFile(path + suffix)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(copied+suffix, data, 0o600))
	}
	i, err := Inspect(ctx, copied, store.Schema())
	require.NoError(t, err)
	stats, err := i.Stats(ctx)
	require.NoError(t, err)
	assert.Equal(t, int64(2), stats.Total())
	require.NoError(t, i.Close())
	feed, err := open(t, copied).Changes(ctx, 0, 0)
	require.NoError(t, err)
	assert.Len(t, feed.Records, 2)
}

func TestAFileThatIsCutWhileTheStoreIsOpen(t *testing.T) {
	ctx, path := context.Background(), filled(t, 200)
	s := open(t, path)
	require.NoError(t, os.Truncate(path, 3*4096))
	_, err := s.List(ctx, store.Query{Kind: record.KindMessage})
	require.Contains(t, []fault.Code{fault.Malformed, fault.Unavailable}, fault.CodeOf(err), "%v", err)
	assert.Contains(t, fault.Public(err).Message, path)
	assert.NotEmpty(t, fault.Public(err).Remedy)
	i, err := Inspect(ctx, path, store.Schema())
	if err == nil {
		report, err := i.Check(ctx, nil)
		require.NoError(t, err)
		assert.NotEmpty(t, report.Damage)
		require.NoError(t, i.Close())
	}
}

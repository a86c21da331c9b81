package update

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// Wish says what a person allows beyond what happens by itself.
type Wish struct {
	Early     bool // before the turn of this installation has come
	Downgrade bool // to an older release, where its manifest allows that
}

// step is one of an update. Between any two of them the power may fail: the old program works, or the new one does.
type step struct {
	name string
	do   func(context.Context) error
}

// Apply installs what the channel offers, and says what that was. An offer that is not for now is left, without an error,
// where nobody wished for it. A program that fails its test is blocked, and the old one stays or comes back.
func (u Updater) Apply(ctx context.Context, w Wish) (Offer, error) {
	var out Offer
	err := u.Replaceable()
	if err != nil {
		return out, err
	}
	err = u.locked(func(s *State) error {
		if out, err = u.offer(ctx, s); err != nil || !w.takes(out) {
			return err
		}
		return u.install(ctx, out.Manifest, s)
	})
	return out, err
}

func (w Wish) takes(o Offer) bool {
	return o.Verdict == Available || o.Verdict == Later && w.Early || o.Verdict == Older && w.Downgrade && o.Manifest.DowngradeAllowed
}

func (u Updater) install(ctx context.Context, m Manifest, s *State) error {
	did := Installed{Version: m.Version, Previous: u.Version, SHA256: m.SHA256, At: u.Now().UTC().Truncate(time.Second)}
	for _, step := range []step{
		{"download", func(ctx context.Context) error { return u.download(ctx, m, u.next()) }},
		{"try out", func(ctx context.Context) error { return u.try(ctx, u.next(), m, s) }},
		{"back up", func(ctx context.Context) (err error) { did.Backup, err = u.Backup(ctx, m.Version); return err }},
		{"keep the old one", func(context.Context) error { return u.keep() }},
		{"replace", func(context.Context) error { return u.replace() }},
		{"try out again", func(ctx context.Context) error { return u.confirm(ctx, m, s) }},
		{"note", func(context.Context) error { s.Installed, s.Verdict = &did, Current; return u.save(*s) }},
	} {
		if err := step.do(ctx); err != nil {
			return errors.Join(err, gone(u.next()))
		}
		if u.After != nil {
			u.After(step.name)
		}
	}
	return nil
}

// try has the new program test itself. One that fails is blocked, on the disk, before anything else happens.
func (u Updater) try(ctx context.Context, path string, m Manifest, s *State) error {
	err := selfTest(ctx, path, m.Version)
	if fault.CodeOf(err) != fault.Malformed {
		return err
	}
	s.block(m.SHA256)
	s.Verdict = Blocked
	return errors.Join(err, u.save(*s))
}

// confirm tests the program in its place, and takes the old one back when it fails there.
func (u Updater) confirm(ctx context.Context, m Manifest, s *State) error {
	err := u.try(ctx, u.Program, m, s)
	if err == nil {
		return nil
	}
	return errors.Join(err, u.bringBack())
}

// Rollback brings the program from before the last update back, and blocks the one that goes. It answers the version that
// is back, and the state with the backup of the records from before.
func (u Updater) Rollback(ctx context.Context) (version string, was State, err error) {
	if err := u.Replaceable(); err != nil {
		return "", was, err
	}
	err = u.locked(func(s *State) error {
		was = *s
		if _, err := os.Stat(u.Old()); errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.NotFound, "there is no older kai to go back to: %s is not there", u.Old()).WithRemedy("it is there after kai update apply")
		}
		if version, err = versionOf(ctx, u.Old()); err != nil {
			return err
		}
		digest, err := digestOf(u.Program)
		if err != nil {
			return unwritable(u.Program, err)
		}
		s.block(digest)
		s.Installed, s.Verdict = nil, Blocked
		return errors.Join(u.save(*s), u.bringBack())
	})
	return version, was, err
}

func digestOf(path string) (string, error) {
	file, err := os.Open(path) //nolint:gosec // our own program
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // it was only read
	digest := sha256.New()
	_, err = io.Copy(digest, file)
	return hex.EncodeToString(digest.Sum(nil)), err
}

// gone removes a file that may not be there.
func gone(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing %s: %w", path, err)
	}
	return nil
}

package vault

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// After freeTries wrong passwords each further try has to wait, twice as long each time, from firstWait to longestWait.
const (
	freeTries   = 5
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
)

// tries counts wrong passwords in a file beside the vault. A try is counted before it is made, so that ending the program
// in the midst of one gains nothing.
type tries struct {
	Failures int       `json:"failures"`
	Last     time.Time `json:"last"`
}

// triesFile is where they are counted.
func triesFile(vault string) string { return vault + ".tries" }

// wait is how long the next try has to wait from now.
func (t tries) wait(now time.Time) time.Duration {
	if t.Failures < freeTries {
		return 0
	}
	whole := longestWait
	if over := t.Failures - freeTries; over < 5 { // 30 s << 5 is more than the longest
		whole = min(firstWait<<over, longestWait)
	}
	return whole - now.Sub(t.Last)
}

// begin counts a try, or refuses it with fault.Unavailable. The caller holds the vault.
func begin(vault string, now time.Time) (tries, error) {
	t := readTries(vault, now)
	if now.Before(t.Last) { // the clock was set back: the wait begins again, or it might never end
		t.Last = now
		if err := writeTries(vault, t); err != nil {
			return t, err
		}
	}
	if wait := t.wait(now); wait > 0 {
		return t, fault.New(fault.Unavailable, "there were %d wrong passwords, so the vault waits", t.Failures).
			WithRemedy("try again in %s", (wait + time.Second - 1).Truncate(time.Second))
	}
	t = tries{Failures: t.Failures + 1, Last: now}
	return t, writeTries(vault, t)
}

// wrong says that the password is, and what the next one has to wait for.
func (t tries) wrong() error {
	f := fault.New(fault.Unauthorized, "the password is wrong")
	if wait := t.wait(t.Last); wait > 0 {
		return f.WithRemedy("after %d wrong ones the next has to wait %s", t.Failures, wait)
	}
	return f.WithRemedy("after %d more the vault waits", freeTries-t.Failures)
}

// forgive forgets all tries after a right password.
func forgive(vault string) error {
	if err := os.Remove(triesFile(vault)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unusable(vault, err)
	}
	return nil
}

// readTries reads the count. A damaged one counts as the first that waits: neither a way around it nor the end of the vault.
func readTries(vault string, now time.Time) tries {
	text, err := os.ReadFile(triesFile(vault))
	if errors.Is(err, fs.ErrNotExist) {
		return tries{}
	}
	var t tries
	if err != nil || json.Unmarshal(text, &t) != nil || t.Failures < 0 {
		return tries{Failures: freeTries, Last: now}
	}
	return t
}

// writeTries writes the count.
func writeTries(vault string, t tries) error {
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return replace(triesFile(vault), append(text, '\n'), func([]byte) error { return nil })
}

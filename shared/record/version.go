package record

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// MaxDrift bounds how far ahead of this computer's clock an observed version may be.
const MaxDrift = 24 * time.Hour

// Version is a hybrid logical clock stamp as text: 12 hex digits of wall milliseconds, 4 hex digits of counter, the
// replica id ("0192f0a1b2c3-0001-9f3c2a10"). Plain string order is version order. The empty version is before all others.
type Version string

// Wall returns the stamp's wall time in milliseconds since 1970, or 0 for the empty or a malformed version.
func (v Version) Wall() int64 {
	head, _, ok := strings.Cut(string(v), "-")
	if !ok {
		return 0
	}
	ms, err := strconv.ParseInt(head, 16, 64)
	if err != nil {
		return 0
	}
	return ms
}

// ParseVersion checks text from outside. It answers fault.Invalid for anything that Clock would not have made.
func ParseVersion(text string) (Version, error) {
	parts := strings.SplitN(text, "-", 3)
	if len(parts) != 3 || len(parts[0]) != 12 || len(parts[1]) != 4 || parts[2] == "" || len(parts[2]) > 64 {
		return "", badVersion(text)
	}
	for _, part := range parts[:2] {
		if strings.Trim(part, "0123456789abcdef") != "" {
			return "", badVersion(text)
		}
	}
	if parts[0][0] > '7' { // past the year 6000 no later stamp would fit the twelve digits
		return "", badVersion(text)
	}
	for _, c := range []byte(parts[2]) {
		if c <= ' ' || c > '~' {
			return "", badVersion(text)
		}
	}
	return Version(text), nil
}

func badVersion(text string) error {
	return fault.New(fault.Invalid, "%.80q is not a record version", text).WithField("version").
		WithRemedy("stamp the record with a clock")
}

// Clock stamps versions. It never goes back, also when the computer's clock does.
type Clock struct {
	replica string
	now     func() time.Time

	mu      sync.Mutex // guards wall and counter
	wall    int64
	counter int
}

// NewClock makes a clock for one replica, whose id is 1 to 64 characters of visible ASCII; now is injected so that tests
// own time.
func NewClock(replica string, now func() time.Time) *Clock {
	return &Clock{replica: replica, now: now}
}

// Replica returns the id that this clock stamps with.
func (c *Clock) Replica() string { return c.replica }

// Next returns a version after every version this clock has returned or observed.
func (c *Clock) Next() Version {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advanceLocked(c.now().UnixMilli(), 0)
	return Version(fmt.Sprintf("%012x-%04x-%s", c.wall, c.counter, c.replica))
}

// Check says whether Observe would take a version, without moving the clock.
func (c *Clock) Check(v Version) error {
	if v == "" {
		return nil
	}
	if _, err := ParseVersion(string(v)); err != nil {
		return err
	}
	if ahead := v.Wall() - c.now().UnixMilli(); ahead > MaxDrift.Milliseconds() {
		hours := ahead / time.Hour.Milliseconds()
		return fault.New(fault.Invalid, "a record is stamped %d hours in the future", hours).
			WithRemedy("check the clock of the device that wrote it")
	}
	return nil
}

// Observe moves the clock past a version seen elsewhere. A stamp more than MaxDrift ahead is refused (fault.Invalid),
// so that one wrong clock cannot drag every replica into the future.
func (c *Clock) Observe(v Version) error {
	if err := c.Check(v); err != nil || v == "" {
		return err
	}
	wall := v.Wall()
	counter, _ := strconv.ParseInt(string(v[13:17]), 16, 32) // Check saw four hex digits
	c.mu.Lock()
	defer c.mu.Unlock()
	if wall > c.wall || (wall == c.wall && int(counter) > c.counter) {
		c.wall, c.counter = wall, int(counter)
	}
	return nil
}

// advanceLocked moves to wall if it is later, else counts up; a full counter borrows a millisecond.
func (c *Clock) advanceLocked(wall int64, counter int) {
	if wall > c.wall {
		c.wall, c.counter = wall, counter
		return
	}
	c.counter++
	if c.counter > 0xffff {
		c.wall, c.counter = c.wall+1, 0
	}
}

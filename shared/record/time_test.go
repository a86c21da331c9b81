package record_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/shared/record"
)

func TestWhatWasRemovedCanBeBroughtBackForAWhile(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.FixedZone("", 3600))
	assert.Equal(t, "2026-01-02T02:04:05.006Z", record.Time(now))
	for name, c := range map[string]struct {
		removed string
		left    time.Duration
	}{
		"just now":               {record.Time(now), time.Minute},
		"a while ago":            {record.Time(now.Add(-20 * time.Second)), 40 * time.Second},
		"too long ago":           {record.Time(now.Add(-2 * time.Minute)), -time.Minute},
		"the clock was set back": {record.Time(now.Add(time.Hour)), time.Minute},
		"nobody knows":           {"yesterday", 0},
		"never":                  {"", 0},
	} {
		assert.Equal(t, c.left, record.UndoLeft(c.removed, time.Minute, now), name)
	}
}

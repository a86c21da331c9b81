package record

import "time"

// TimeLayout is how times stand in bodies: RFC 3339 in UTC with milliseconds, so that the order of texts is the order of times.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// Time is a time as it stands in a body.
func Time(t time.Time) string { return t.UTC().Format(TimeLayout) }

// UndoLeft is how long what was removed at a time of a body can still be brought back: the whole window at most, also when the
// clock was set back since, and 0 or less when it is over or nobody knows since when.
func UndoLeft(removed string, window time.Duration, now time.Time) time.Duration {
	at, err := time.Parse(TimeLayout, removed)
	if err != nil {
		return 0
	}
	return min(at.Add(window).Sub(now), window)
}

package queue

import (
	"strings"
	"time"

	"github.com/netresearch/go-cron"

	"github.com/kindos/kai/shared/fault"
)

const maxWhen = 100

// When is a schedule's times.
type When struct {
	times cron.Schedule
	fixed bool // the hour is named: once a day, also on the day with an hour twice
}

// ParseWhen reads the five fields of cron (minute, hour, day of month, month, day of week) or @hourly, @daily, @weekly,
// @monthly, @yearly, in the time zone of the computer. Where clocks go forward, a time that is left out comes right after;
// where they go back, a time with an hour named comes once.
func ParseWhen(text string) (When, error) {
	refused := func(why string) (When, error) {
		return When{}, fault.New(fault.Invalid, "%.120q is no schedule: %s", text, why).WithField("when").
			WithRemedy(`write minute, hour, day of month, month and day of week: "0 8 * * *" is every day at 8, "30 18 * * 1-5" on working days at 18:30`)
	}
	fields := strings.Fields(text)
	switch {
	case len(text) > maxWhen:
		return refused("it is too long")
	case len(fields) == 1 && strings.HasPrefix(text, "@"):
	case len(fields) != 5:
		return refused("it needs five fields")
	}
	parser, err := cron.TryNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor | cron.DowOrDom)
	if err != nil {
		return When{}, fault.Wrap(fault.Internal, err, "preparing to read schedules")
	}
	times, err := parser.Parse(text)
	if err != nil {
		return refused(err.Error())
	}
	if _, plain := times.(*cron.SpecSchedule); !plain || strings.Contains(text, "=") {
		return refused("that form is not known here")
	}
	w := When{times: times, fixed: len(fields) == 1 && text != "@hourly" || len(fields) == 5 && !strings.Contains(fields[1], "*")}
	if w.Next(time.Now()).IsZero() {
		return refused("that day never comes")
	}
	return w, nil
}

// Next is the first time after t, in t's time zone; zero when there is none.
func (w When) Next(t time.Time) time.Time {
	next := w.times.Next(t)
	for w.fixed && again(next) {
		next = w.times.Next(next)
	}
	return next
}

// again says whether the clock has shown this time before, because it was put back since.
func again(t time.Time) bool {
	const farthest = 3 * time.Hour // that a clock is put back by
	_, now := t.Zone()
	_, before := t.Add(-farthest).Zone()
	back := time.Duration(before-now) * time.Second
	return back > 0 && t.Add(-back).Format(time.DateTime) == t.Format(time.DateTime)
}

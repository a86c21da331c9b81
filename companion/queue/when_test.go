package queue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

func place(t require.TestingT, name string) *time.Location {
	l, err := time.LoadLocation(name)
	require.NoError(t, err)
	return l
}

func TestTimesComeAsPeopleExpect(t *testing.T) {
	const minute = "2006-01-02 15:04 MST"
	for name, c := range map[string]struct {
		when, zone, from string
		want             []string
	}{
		"every day":                             {"0 8 * * *", "Europe/Berlin", "2026-11-26 07:59", []string{"2026-11-26 08:00 CET", "2026-11-27 08:00 CET"}},
		"not this very minute":                  {"0 8 * * *", "Europe/Berlin", "2026-11-26 08:00", []string{"2026-11-27 08:00 CET"}},
		"working days":                          {"30 18 * * 1-5", "UTC", "2026-11-27 19:00", []string{"2026-11-30 18:30 UTC"}},
		"names of days":                         {"0 9 * * MON", "UTC", "2026-11-27 19:00", []string{"2026-11-30 09:00 UTC"}},
		"the first, or a Monday":                {"0 9 1 * 1", "UTC", "2026-11-24 19:00", []string{"2026-11-30 09:00 UTC", "2026-12-01 09:00 UTC", "2026-12-07 09:00 UTC"}},
		"in a leap year":                        {"0 0 29 2 *", "UTC", "2026-11-24 19:00", []string{"2028-02-29 00:00 UTC"}},
		"8 stays 8 when clocks go forward":      {"0 8 * * *", "Europe/Berlin", "2026-03-28 09:00", []string{"2026-03-29 08:00 CEST"}},
		"8 stays 8 when clocks go back":         {"0 8 * * *", "Europe/Berlin", "2026-10-24 09:00", []string{"2026-10-25 08:00 CET"}},
		"a time left out comes right after":     {"30 2 * * *", "Europe/Berlin", "2026-03-28 12:00", []string{"2026-03-29 03:30 CEST", "2026-03-30 02:30 CEST"}},
		"a time twice comes once":               {"30 2 * * *", "Europe/Berlin", "2026-10-24 12:00", []string{"2026-10-25 02:30 CEST", "2026-10-26 02:30 CET"}},
		"a time twice comes once, also daily":   {"@daily", "America/Havana", "2026-10-31 12:00", []string{"2026-11-01 00:00 CDT", "2026-11-02 00:00 CST"}},
		"every half hour is every half hour":    {"*/30 * * * *", "Europe/Berlin", "2026-10-25 01:40", []string{"2026-10-25 02:00 CEST", "2026-10-25 02:30 CEST", "2026-10-25 02:00 CET", "2026-10-25 02:30 CET", "2026-10-25 03:00 CET"}},
		"half an hour back":                     {"45 1 * * *", "Australia/Lord_Howe", "2026-04-04 12:00", []string{"2026-04-05 01:45 +11", "2026-04-06 01:45 +1030"}},
		"hourly, when an hour comes twice":      {"@hourly", "Europe/Berlin", "2026-10-25 01:40", []string{"2026-10-25 02:00 CEST", "2026-10-25 02:00 CET", "2026-10-25 03:00 CET"}},
		"every hour of some, when one is twice": {"0 1-3 * * *", "Europe/Berlin", "2026-10-25 00:40", []string{"2026-10-25 01:00 CEST", "2026-10-25 02:00 CEST", "2026-10-25 03:00 CET"}},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := queue.ParseWhen(c.when)
			require.NoError(t, err)
			at, err := time.ParseInLocation("2006-01-02 15:04", c.from, place(t, c.zone))
			require.NoError(t, err)
			for _, want := range c.want {
				at = w.Next(at)
				assert.Equal(t, want, at.Format(minute))
			}
		})
	}
}

func TestWrongTimesAreRefusedInPlainWords(t *testing.T) {
	for _, text := range []string{
		"", "8", "0 8 * *", "0 8 * * * *", "60 * * * *", "* 24 * * *", "0 8 * * fun", "0 0 31 2 *", "@every 1h", "@never", "@reboot",
		"TZ=Europe/Berlin 0 8 * * *", "CRON_TZ=UTC 0 8 * * *", "@ 8 * * *", "0 8 * * *" + strings.Repeat(" ", 100), "\x00 8 * * *",
	} {
		_, err := queue.ParseWhen(text)
		require.Equal(t, fault.Invalid, fault.CodeOf(err), "%q", text)
		f := fault.Public(err)
		assert.Equal(t, "when", f.Field)
		assert.Contains(t, f.Remedy, "0 8 * * *")
	}
}

// Whatever the times and wherever the clock, the next time is after this one, and a daily time comes on every day, once.
func TestADailyTimeComesOnceADay(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Tehran", "Africa/Casablanca", "Pacific/Apia"}
	rapid.Check(t, func(t *rapid.T) {
		zone := place(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		hour, minute := rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute")
		w, err := queue.ParseWhen(strings.Join([]string{text(minute), text(hour), "* * *"}, " "))
		require.NoError(t, err)
		at := time.Unix(rapid.Int64Range(1_500_000_000, 1_900_000_000).Draw(t, "from"), 0).In(zone)
		for range 400 {
			next := w.Next(at)
			require.True(t, next.After(at))
			require.NotEqual(t, at.Format(time.DateTime), next.Format(time.DateTime), "never twice at the same time of the clock")
			require.LessOrEqual(t, next.Sub(at), 50*time.Hour, "no day is left out, but one that is not in the calendar") // Apia, 2011-12-30
			at = next
		}
	})
}

func text(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

func FuzzParseWhen(f *testing.F) {
	for _, seed := range []string{"0 8 * * *", "@daily", "*/5 1-3,7 L * MON#2", "TZ=UTC 0 8 * * *", "H H * * *", "0 0 1W * *"} {
		f.Add(seed)
	}
	from := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		w, err := queue.ParseWhen(text)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.CodeOf(err))
			return
		}
		if next := w.Next(from); !next.IsZero() && !next.After(from) {
			t.Fatalf("%q: %s is not after", text, next)
		}
	})
}

func TestPausesGrowUpToAnHour(t *testing.T) {
	k := queue.Kind{Pause: 10 * time.Minute}
	var got []time.Duration
	for tries := range 6 {
		got = append(got, k.PauseAfter(tries+1))
	}
	assert.Equal(t, []time.Duration{10 * time.Minute, 20 * time.Minute, 40 * time.Minute, time.Hour, time.Hour, time.Hour}, got)
	assert.Equal(t, queue.DefaultPause, queue.Kind{}.PauseAfter(1))
	assert.Equal(t, time.Hour, k.PauseAfter(1_000_000))
}

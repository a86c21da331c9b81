package record_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
)

func at(ms int64) func() time.Time { return func() time.Time { return time.UnixMilli(ms) } }

func TestIDsAreUUIDv7AndSortByTime(t *testing.T) {
	var ids []string
	for ms := range int64(200) {
		id := record.NewID(time.UnixMilli(1_700_000_000_000 + ms*7))
		assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, id)
		ids = append(ids, id)
	}
	assert.True(t, slices.IsSorted(ids))
	assert.Len(t, slices.Compact(ids), 200)
	assert.True(t, strings.HasPrefix(record.NewID(time.UnixMilli(0x0123456789ab)), "01234567-89ab-7"))
}

func TestIDsOfOneMillisecondDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		seen[record.NewID(time.UnixMilli(1))] = true
	}
	assert.Len(t, seen, 10_000)
}

func TestAnIDAfterOthersKeepsItsOwnDigits(t *testing.T) {
	const id, foreign, last = "01234567-89ab-7000-8000-00000000000a", "zz", "ffffffff-ffff-7000-8000-000000000000"
	for name, c := range map[string]struct {
		floors []string
		want   string
	}{
		"none":                   {nil, id},
		"earlier":                {[]string{"01234567-89aa-7fff-8000-000000000000"}, id},
		"the same millisecond":   {[]string{"01234567-89ab-7fff-8000-000000000000"}, "01234567-89ac-7000-8000-00000000000a"},
		"a carry":                {[]string{"0fffffff-ffff-7fff-8000-000000000000"}, "10000000-0000-7000-8000-00000000000a"},
		"the highest of several": {[]string{"01234569-0000-7000-8000-000000000000", "01234568-0000-7000-8000-000000000000"}, "01234569-0001-7000-8000-00000000000a"},
		"no UUID":                {[]string{foreign}, id},
		"letters that are none":  {[]string{"zzzzzzzz-zzzz-7000-8000-000000000000"}, id},
		"the end of time":        {[]string{last}, id},
	} {
		assert.Equal(t, c.want, record.IDAfter(id, c.floors...), name)
	}
}

func TestTheClockNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := int64(1_700_000_000_000)
		clock := record.NewClock("a", func() time.Time { return time.UnixMilli(now) })
		other := record.NewClock("b", func() time.Time { return time.UnixMilli(now + 1000) })
		last := record.Version("")
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += rapid.Int64Range(-100_000, 100_000).Draw(t, "the computer's clock moves")
			if rapid.Bool().Draw(t, "hears of another") {
				heard := other.Next()
				if err := clock.Observe(heard); err != nil {
					t.Fatal(err)
				}
				last = max(last, heard)
			}
			next := clock.Next()
			if next <= last {
				t.Fatalf("%s does not come after %s", next, last)
			}
			if _, err := record.ParseVersion(string(next)); err != nil {
				t.Fatal(err)
			}
			last = next
		}
	})
}

func TestAFullCounterBorrowsAMillisecond(t *testing.T) {
	clock := record.NewClock("r", at(5))
	require.NoError(t, clock.Observe("000000000005-fffe-z"))
	assert.Equal(t, record.Version("000000000005-ffff-r"), clock.Next())
	assert.Equal(t, record.Version("000000000006-0000-r"), clock.Next())
}

func TestConcurrentStampsDiffer(t *testing.T) {
	clock := record.NewClock("r", at(5))
	stamps := make([][]record.Version, 4)
	var wg sync.WaitGroup
	for i := range stamps {
		wg.Go(func() {
			for range 500 {
				stamps[i] = append(stamps[i], clock.Next())
			}
		})
	}
	wg.Wait()
	all := slices.Concat(stamps...)
	slices.Sort(all)
	assert.Len(t, slices.Compact(all), 2000)
}

func TestAWrongClockElsewhereIsRefused(t *testing.T) {
	clock := record.NewClock("r", at(1_000))
	edge := 1_000 + record.MaxDrift.Milliseconds()
	require.NoError(t, clock.Check(record.Version(fmt.Sprintf("%012x-0000-x", edge))))
	for _, tooFar := range []record.Version{record.Version(fmt.Sprintf("%012x-0000-x", edge+1)), "7fffffffffff-ffff-x"} {
		assert.Equal(t, fault.Invalid, fault.CodeOf(clock.Check(tooFar)))
		err := clock.Observe(tooFar)
		assert.Equal(t, fault.Invalid, fault.CodeOf(err))
		assert.NotEmpty(t, fault.Public(err).Remedy)
	}
	assert.Equal(t, record.Version("0000000003e8-0000-r"), clock.Next(), "a refused stamp moves nothing")
}

func TestWallOfAVersion(t *testing.T) {
	for text, want := range map[record.Version]int64{"": 0, "nonsense": 0, "zz-1": 0, "0000000003e8-0000-r": 1000} {
		assert.Equal(t, want, text.Wall(), "%q", text)
	}
}

func TestParseVersionRefusesWhatNoClockMakes(t *testing.T) {
	for _, wrong := range []string{
		"", "-", "--", "000000000001-0000", "000000000001-0000-", "00000000001-0000-a", "000000000001-000-a", "00000000000A-0000-a",
		"00000000000g-0000-a", "800000000000-0000-a", "000000000001-+001-a", "000000000001-0000-a b", "000000000001-0000-a\x00", "000000000001-0000-é",
		"000000000001-0000-" + strings.Repeat("x", 65), strings.Repeat("0", 1<<20),
	} {
		_, err := record.ParseVersion(wrong)
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "%.40q", wrong)
		assert.Less(t, len(err.Error()), 1000, "the fault does not repeat a long input")
	}
	for _, right := range []string{"000000000001-0000-a", "7fffffffffff-ffff-0192f0a1-b2c3-7def", "000000000001-0000-" + strings.Repeat("x", 64)} {
		got, err := record.ParseVersion(right)
		require.NoError(t, err)
		assert.Equal(t, right, string(got))
	}
}

// FuzzVersion looks for a text that is taken and then breaks the order or the clock.
func FuzzVersion(f *testing.F) {
	for _, seed := range []string{"000000000001-0000-a", "ffffffffffff-ffff-z", "000000000001-+fff-a", "", "--"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := record.ParseVersion(text)
		clock := record.NewClock("me", func() time.Time { return time.UnixMilli(v.Wall()) })
		if err != nil {
			if text != "" && clock.Observe(record.Version(text)) == nil {
				t.Fatal("the clock takes what the parser refuses")
			}
			return
		}
		if err := clock.Observe(v); err != nil {
			t.Fatal(err)
		}
		if next := clock.Next(); next <= v {
			t.Fatalf("%s does not come after %s", next, v)
		}
	})
}

func TestKeyNamesARecord(t *testing.T) {
	r := record.Record{Kind: record.KindMessage, ID: "m"}
	assert.Equal(t, record.Key{Kind: record.KindMessage, ID: "m"}, r.Key())
}

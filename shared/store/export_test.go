package store_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
	"github.com/kindos/kai/shared/store/storetest"
)

// exported is an export of two notes and a setting.
func exported(t testing.TB) string {
	t.Helper()
	s := memstore.New(store.Schema())
	_, err := s.Apply(context.Background(), store.Put(note(2, "<b>")), store.Put(note(1, "one")),
		store.Put(record.Record{Kind: record.KindSetting, ID: "s", Version: "000000000009-0000-t", Body: []byte(` {"z":1, "a":2.50}`)}))
	require.NoError(t, err)
	var b bytes.Buffer
	sum, err := store.Export(context.Background(), s, store.Schema(), &b)
	require.NoError(t, err)
	require.Equal(t, 3, sum.Records())
	return b.String()
}

func TestAnExportReadsAsDocumented(t *testing.T) {
	lines := strings.Split(exported(t), "\n")
	require.Len(t, lines, 6)
	assert.Equal(t, `{"format":"kai-records","version":1,"schema":3}`, lines[0])
	assert.Equal(t, `{"kind":"message","id":"m00001","version":"000000000002-0000-t","body":{"conversation":"c","text":"one"}}`, lines[1])
	assert.Equal(t, `{"kind":"message","id":"m00002","version":"000000000003-0000-t","body":{"conversation":"c","text":"<b>"}}`, lines[2])
	assert.Equal(t, `{"kind":"setting","id":"s","version":"000000000009-0000-t","body":{"a":2.50,"z":1}}`, lines[3])
	assert.Contains(t, lines[4], `{"kinds":[{"kind":"conflict","records":0,"sha256":"e3b0c442`)
	assert.Empty(t, lines[5])
}

func TestADamagedExportChangesNothing(t *testing.T) {
	good := exported(t)
	lines := strings.SplitAfter(good, "\n")
	for name, c := range map[string]struct {
		text string
		code fault.Code
	}{
		"empty":             {"", fault.Malformed},
		"another file":      {"<html></html>\n", fault.Malformed},
		"no summary":        {strings.Join(lines[:4], ""), fault.Malformed},
		"cut in a line":     {good[:len(good)/2], fault.Malformed},
		"a record missing":  {strings.Join(append(lines[:2:2], lines[3:]...), ""), fault.Malformed},
		"a record twice":    {strings.Join(append(lines[:2:2], lines[1:]...), ""), fault.Malformed},
		"order changed":     {lines[0] + lines[2] + lines[1] + lines[3] + lines[4], fault.Malformed},
		"a letter changed":  {strings.Replace(good, `"one"`, `"two"`, 1), fault.Malformed},
		"a count changed":   {strings.Replace(good, `"records":2`, `"records":3`, 1), fault.Malformed},
		"more at the end":   {good + lines[1], fault.Malformed},
		"not JSON":          {lines[0] + "}{\n", fault.Malformed},
		"a newer format":    {strings.Replace(good, `"version":1`, `"version":2`, 1), fault.Unsupported},
		"a newer schema":    {strings.Replace(good, `"schema":3`, `"schema":99`, 1), fault.Unsupported},
		"an unknown kind":   {strings.Replace(good, `"kind":"message"`, `"kind":"ghost"`, 1), fault.Invalid},
		"a bad body":        {strings.Replace(good, `{"conversation":"c","text":"one"}`, `[]`, 1), fault.Invalid},
		"from the future":   {strings.Replace(good, `"000000000002-0000-t"`, `"700000000002-0000-t"`, 1), fault.Invalid},
		"a line of 200 MB?": {lines[0] + strings.Repeat("x", 97<<20), fault.Malformed},
	} {
		s := memstore.New(store.Schema())
		_, err := store.Import(context.Background(), s, store.Schema(), clock(), strings.NewReader(c.text))
		assert.Equal(t, c.code, fault.CodeOf(err), "%s: %v", name, err)
		assert.NotEmpty(t, fault.Public(err).Remedy, name)
		assert.Zero(t, count(t, s), name)
	}
}

func TestImportMergesByVersion(t *testing.T) {
	ctx, s := context.Background(), memstore.New(store.Schema())
	newer := note(1, "newer")
	newer.Version = "000000000010-0000-t"
	_, err := s.Apply(ctx, store.Put(newer), store.Put(note(5, "only here")))
	require.NoError(t, err)
	for range 2 { // a second time changes nothing
		sum, err := store.Import(ctx, s, store.Schema(), clock(), strings.NewReader(exported(t)))
		require.NoError(t, err)
		assert.Equal(t, 3, sum.Records())
		assert.Equal(t, 4, count(t, s))
		held, err := s.Get(ctx, newer.Key())
		require.NoError(t, err)
		assert.Equal(t, newer, held[0])
	}
}

func TestAnImportThatFailsHalfWayIsRepeated(t *testing.T) {
	ctx, from, lost := context.Background(), memstore.New(store.Schema()), errors.New("lost the disk")
	require.NoError(t, store.Load(ctx, from, notes(2500)))
	var b bytes.Buffer
	want, err := store.Export(ctx, from, store.Schema(), &b)
	require.NoError(t, err)
	to := memstore.New(store.Schema())
	flaky := storetest.NewFlaky(to, 3, lost)
	_, err = store.Import(ctx, flaky, store.Schema(), nil, bytes.NewReader(b.Bytes()))
	require.ErrorIs(t, err, lost)
	assert.Equal(t, 2000, count(t, to))
	_, err = store.Import(ctx, flaky, store.Schema(), nil, bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	var again bytes.Buffer
	got, err := store.Export(ctx, to, store.Schema(), &again)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.True(t, bytes.Equal(b.Bytes(), again.Bytes()))
}

// full takes some bytes and then no more.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestAnExportThatCannotBeWrittenSaysSo(t *testing.T) {
	s := memstore.New(store.Schema())
	require.NoError(t, store.Load(context.Background(), s, notes(2000)))
	for _, room := range []int{0, 70_000} {
		_, err := store.Export(context.Background(), s, store.Schema(), &full{room})
		assert.Equal(t, fault.Exhausted, fault.CodeOf(err))
	}
}

func TestAnEndedContextStopsAnImport(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := store.Verify(ctx, store.Schema(), strings.NewReader(exported(t)))
	assert.Equal(t, fault.Canceled, fault.CodeOf(err))
}

// FuzzImport feeds any file: it must answer without panic, and what it takes must be a sound export of itself.
func FuzzImport(f *testing.F) {
	good := exported(f)
	f.Add(good)
	f.Add(strings.Replace(good, "message", "setting", 1))
	f.Add("{\"format\":\"kai-records\",\"version\":1,\"schema\":1}\n{\"kinds\":[]}\n")
	f.Fuzz(func(t *testing.T, text string) {
		ctx, s := context.Background(), memstore.New(store.Schema())
		clock := record.NewClock("me", func() time.Time { return time.UnixMilli(1) })
		sum, err := store.Import(ctx, s, store.Schema(), clock, strings.NewReader(text))
		if err != nil {
			if fault.CodeOf(err) == fault.Internal {
				t.Fatal(err)
			}
			if count, _ := s.Changes(ctx, 0, 1); len(count.Records) > 0 {
				t.Fatalf("a refused file wrote records: %v", err)
			}
			return
		}
		var b bytes.Buffer
		again, err := store.Export(ctx, s, store.Schema(), &b)
		if err != nil || again.Records() != sum.Records() {
			t.Fatalf("took %d records, exports %d: %v", sum.Records(), again.Records(), err)
		}
	})
}

package store_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func TestRecordsGoInPartsOfBoundedSize(t *testing.T) {
	body := func(n int) record.Record {
		return record.Record{Body: json.RawMessage(`"` + strings.Repeat("x", n) + `"`)}
	}
	small, large := body(1), body(1000)
	for _, c := range []struct {
		records []record.Record
		want    int
	}{
		{nil, 0}, {[]record.Record{small}, 1}, {[]record.Record{small, small, small}, 3}, {[]record.Record{small, small, small, small}, 3},
		{[]record.Record{large}, 1}, {[]record.Record{large, small}, 1}, {[]record.Record{small, large}, 1},
	} {
		assert.Equal(t, c.want, store.Chunk(c.records, 3, 500), len(c.records))
	}
}

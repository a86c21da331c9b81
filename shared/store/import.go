package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"reflect"
	"slices"

	"github.com/kindos/kai/shared/digest"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
)

// maxLine bounds a line of an export: a body with every byte escaped, and its envelope.
const maxLine = 6*MaxBodyBytes + 4096

// Import reads an export in two passes: the first checks the whole file (form, order, counts, hashes, every record, and
// with a clock that no version is from the future), the second writes it as by Load. A wrong file changes nothing; a
// write that failed half-way is repeated by importing again. Records that the store has newer stay.
func Import(ctx context.Context, s Store, schema []KindSpec, clock *record.Clock, r io.ReadSeeker) (Summary, error) {
	checker := importer{ctx: ctx, kinds: NewKinds(schema), clock: clock}
	sum, err := checker.run(r)
	if err != nil {
		return Summary{}, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return Summary{}, fault.Wrap(fault.Unavailable, err, "the export could not be read a second time")
	}
	rest := pile{ctx: ctx, store: s}
	loader := importer{ctx: ctx, kinds: checker.kinds, take: rest.add}
	if _, err := loader.run(r); err != nil {
		return Summary{}, err
	}
	return sum, rest.flush()
}

// pile gathers records until they make a good batch.
type pile struct {
	ctx     context.Context //nolint:containedctx // it lives as long as the call
	store   Store
	records []record.Record
	bytes   int
}

func (p *pile) add(r record.Record) error {
	p.records = append(p.records, r)
	p.bytes += len(r.Body)
	if len(p.records) < loadRecords && p.bytes < loadBytes {
		return nil
	}
	return p.flush()
}

func (p *pile) flush() error {
	err := Load(p.ctx, p.store, p.records)
	p.records, p.bytes = nil, 0
	return err
}

// Verify checks an export as Import does, without writing anything.
func Verify(ctx context.Context, schema []KindSpec, r io.Reader) (Summary, error) {
	checker := importer{ctx: ctx, kinds: NewKinds(schema)}
	return checker.run(r)
}

// importer is one pass over an export.
type importer struct {
	ctx   context.Context //nolint:containedctx // it lives as long as the call
	kinds Kinds
	clock *record.Clock
	take  func(record.Record) error

	line   int
	last   record.Key
	counts Summary
	digest hash.Hash
}

// importLine is any line after the header: a record, or the summary, which alone has kinds.
type importLine struct {
	record.Record
	Kinds []KindSummary `json:"kinds"`
}

func (im *importer) run(r io.Reader) (Summary, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	im.digest = digest.NewSHA256()
	for lines.Scan() {
		im.line++
		done, err := im.read(lines.Bytes())
		if err != nil {
			return Summary{}, err
		}
		if done {
			return im.counts, im.ended(lines)
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return Summary{}, fault.Wrap(fault.Unavailable, err, "the export could not be read")
	}
	return Summary{}, im.wrong("the file ends before its summary, or a line is too long")
}

// ended makes sure that nothing follows the summary.
func (im *importer) ended(lines *bufio.Scanner) error {
	if lines.Scan() {
		im.line++
		return im.wrong("there is more after the summary")
	}
	return lines.Err()
}

// read takes one line and says whether it was the summary.
func (im *importer) read(text []byte) (bool, error) {
	if err := Ended(im.ctx, "importing"); err != nil {
		return false, err
	}
	if im.line == 1 {
		return false, im.header(text)
	}
	var line importLine
	if err := json.Unmarshal(text, &line); err != nil {
		return false, im.wrong("this is not a line of an export")
	}
	if line.Kinds != nil {
		return true, im.summary(line.Kinds)
	}
	return false, im.record(line.Record, text)
}

func (im *importer) header(text []byte) error {
	var h Header
	if json.Unmarshal(text, &h) != nil || h.Format != ExportFormat {
		return im.wrong("this is not an export of kAI's records")
	}
	if h.Version > ExportVersion || h.Schema > SchemaVersion {
		return fault.New(fault.Unsupported, "this export was written by a newer kAI").WithRemedy("update kAI, then import it again")
	}
	return nil
}

func (im *importer) record(r record.Record, text []byte) error {
	if err := im.kinds.CheckRecord(r); err != nil {
		return at(err, fmt.Sprintf("line %d", im.line))
	}
	if im.clock != nil {
		if err := im.clock.Check(r.Version); err != nil {
			return at(err, fmt.Sprintf("line %d", im.line))
		}
	}
	if r.Kind < im.last.Kind || (r.Kind == im.last.Kind && r.ID <= im.last.ID) {
		return im.wrong("the records are not in order")
	}
	if r.Kind != im.last.Kind {
		im.closeKind()
		im.counts.Kinds = append(im.counts.Kinds, KindSummary{Kind: r.Kind})
	}
	im.last = r.Key()
	im.counts.Kinds[len(im.counts.Kinds)-1].Records++
	_, _ = im.digest.Write(append(bytes.Clone(text), '\n')) // a hash never fails to write
	if im.take == nil {
		return nil
	}
	return im.take(r)
}

// closeKind notes the hash of the kind that just ended and starts the next.
func (im *importer) closeKind() {
	if n := len(im.counts.Kinds); n > 0 {
		im.counts.Kinds[n-1].SHA256 = hex.EncodeToString(im.digest.Sum(nil))
	}
	im.digest.Reset()
}

// summary compares what was read with what the writer counted. Kinds without records count for nothing.
func (im *importer) summary(kinds []KindSummary) error {
	im.closeKind()
	kinds = slices.DeleteFunc(kinds, func(k KindSummary) bool { return k.Records == 0 })
	if len(kinds) != len(im.counts.Kinds) || (len(kinds) > 0 && !reflect.DeepEqual(kinds, im.counts.Kinds)) {
		return im.wrong("the records do not match the file's own counts and hashes")
	}
	return nil
}

func (im *importer) wrong(what string) error {
	return fault.New(fault.Malformed, "%s", what).WithField(fmt.Sprintf("line %d", im.line)).
		WithRemedy("the file is damaged or not an export: take another copy; nothing was changed")
}

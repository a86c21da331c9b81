package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"slices"

	"github.com/kindos/kai/shared/digest"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
)

// The first line of every export. The version is raised when an older reader would misread the file.
const (
	ExportFormat  = "kai-records"
	ExportVersion = 1
)

// Header is the first line of an export. It has no time in it: equal contents give equal bytes.
type Header struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Schema  int    `json:"schema"`
}

// Summary is the last line of an export: what it holds, for each kind in order.
type Summary struct {
	Kinds []KindSummary `json:"kinds"`
}

// KindSummary counts one kind's records (tombstones with them) and gives the SHA-256 of its lines in hex.
type KindSummary struct {
	Kind    record.Kind `json:"kind"`
	Records int         `json:"records"`
	SHA256  string      `json:"sha256"`
}

// Records counts the records of all kinds.
func (s Summary) Records() int {
	n := 0
	for _, k := range s.Kinds {
		n += k.Records
	}
	return n
}

// Export writes every record of schema's kinds as ordered JSON lines: the header, the records by kind and id with
// members of bodies sorted, the summary. The store may be written meanwhile; each record is whole.
func Export(ctx context.Context, s Store, schema []KindSpec, w io.Writer) (Summary, error) {
	out := bufio.NewWriterSize(w, 64<<10)
	sum := Summary{Kinds: []KindSummary{}}
	if err := writeLine(out, nil, Header{ExportFormat, ExportVersion, SchemaVersion}); err != nil {
		return sum, err
	}
	for _, kind := range sortedKinds(schema) {
		part, err := exportKind(ctx, s, kind, out)
		if err != nil {
			return sum, err
		}
		sum.Kinds = append(sum.Kinds, part)
	}
	if err := writeLine(out, nil, sum); err != nil {
		return sum, err
	}
	if err := out.Flush(); err != nil {
		return sum, exportFailed(err)
	}
	return sum, nil
}

func sortedKinds(schema []KindSpec) []record.Kind {
	kinds := NewKinds(schema).All()
	slices.Sort(kinds)
	return kinds
}

func exportKind(ctx context.Context, s Store, kind record.Kind, w io.Writer) (KindSummary, error) {
	sum, digest := KindSummary{Kind: kind}, digest.NewSHA256()
	q := Query{Kind: kind, Limit: scanPage, Deleted: true}
	for {
		page, err := s.List(ctx, q)
		if err != nil {
			return sum, err
		}
		for _, r := range page.Records {
			if r.Body, err = Canonical(r.Body); err != nil {
				return sum, err
			}
			if err := writeLine(w, digest, r); err != nil {
				return sum, err
			}
			sum.Records++
		}
		if q.After = page.Next; q.After == "" {
			sum.SHA256 = hex.EncodeToString(digest.Sum(nil))
			return sum, nil
		}
	}
}

// Canonical writes a body so that equal values have equal bytes: members sorted, no blanks, numbers digit for digit.
func Canonical(body json.RawMessage) (json.RawMessage, error) {
	if len(body) == 0 {
		return nil, nil
	}
	var value any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "a stored record is not JSON")
	}
	return marshal(value)
}

// marshal is json.Marshal without HTML's escapes, which would double the size of quoted pages.
func marshal(value any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "a record cannot be written as JSON")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func writeLine(w io.Writer, digest hash.Hash, value any) error {
	line, err := marshal(value)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if digest != nil {
		_, _ = digest.Write(line) // a hash never fails to write
	}
	if _, err := w.Write(line); err != nil {
		return exportFailed(err)
	}
	return nil
}

func exportFailed(err error) error {
	return fault.Wrap(fault.Exhausted, err, "the export could not be written").WithRemedy("check the free space where it goes")
}

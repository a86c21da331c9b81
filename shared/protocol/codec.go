package protocol

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/kindos/kai/shared/fault"
)

const (
	maxIDLength     = 128 // ids and method names are ours and short; longer ones are an attack or a mistake
	envelopeReserve = 160 // what an envelope with a token inside usually needs
)

// encode writes e with body as its Body, in the key order that parseCanonical reads in one pass.
func encode(e Envelope, body any) ([]byte, error) {
	out := bytes.NewBuffer(make([]byte, 0, envelopeReserve+sizeHint(body)))
	out.WriteString(`{"v":`)
	out.WriteString(strconv.Itoa(e.V))
	writeMember(out, `,"id":`, e.ID)
	writeMember(out, `,"kind":`, string(e.Kind))
	writeMember(out, `,"method":`, e.Method)
	writeMember(out, `,"trace":`, e.Trace)
	if body != nil {
		out.WriteString(`,"body":`)
		if err := writeValue(out, body); err != nil {
			return nil, fault.New(fault.Internal, "a body cannot be written as JSON: %w", err)
		}
	}
	if e.Fault != nil {
		out.WriteString(`,"fault":`)
		if err := writeValue(out, e.Fault); err != nil {
			return nil, fault.New(fault.Internal, "a fault cannot be written as JSON: %w", err)
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func sizeHint(body any) int {
	if raw, ok := body.(json.RawMessage); ok {
		return len(raw)
	}
	return 0
}

func writeMember(out *bytes.Buffer, key, value string) {
	if value == "" {
		return
	}
	out.WriteString(key)
	out.WriteByte('"')
	out.Write(appendEscaped(out.AvailableBuffer(), value))
	out.WriteByte('"')
}

// writeValue leaves < > & as they are: nobody reads a frame as HTML, and answers are full of code.
func writeValue(out *bytes.Buffer, v any) error {
	if raw, ok := v.(json.RawMessage); ok && json.Valid(raw) {
		out.Write(raw)
		return nil
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1) // the newline that Encode adds
	return nil
}

// parse reads one frame. The body aliases frame. Its errors are fault.Malformed; the envelope's id and kind are filled
// in as far as they could be read, so that the refusal can name them.
func parse(frame []byte) (Envelope, error) {
	if !utf8.Valid(frame) {
		return Envelope{}, fault.New(fault.Malformed, "a frame is not UTF-8")
	}
	e, ok := parseCanonical(frame)
	if !ok {
		e = Envelope{}
		if err := json.Unmarshal(frame, &e); err != nil {
			return e, fault.New(fault.Malformed, "a frame is not an envelope: %w", err)
		}
	}
	return e, check(e)
}

func check(e Envelope) error {
	needsID, needsMethod := e.Kind != KindEvent, false
	switch e.Kind {
	case KindRequest, KindEvent:
		needsMethod = true
	case KindReply:
		needsID = e.Fault == nil // a fault about a frame that had no readable id
	case KindChunk, KindCancel:
	default:
		return fault.New(fault.Malformed, "an envelope's kind is not known").WithField("kind")
	}
	switch {
	case e.V < 1:
		return fault.New(fault.Malformed, "an envelope has no version").WithField("v")
	case len(e.ID) > maxIDLength || needsID && e.ID == "":
		return fault.New(fault.Malformed, "an envelope's id is missing or too long").WithField("id")
	case len(e.Method) > maxIDLength || needsMethod && e.Method == "":
		return fault.New(fault.Malformed, "an envelope's method is missing or too long").WithField("method")
	}
	return nil
}

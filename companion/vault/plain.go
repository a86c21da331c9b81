package vault

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// plainName is the mark of an export in the clear.
const plainName = "kai-vault-plain"

// plainExport is an export in the clear. A secret that is no text stands as base64.
type plainExport struct {
	Format  string        `json:"format"`
	Version int           `json:"version"`
	Objects []plainObject `json:"objects"`
}

type plainObject struct {
	Entry
	Value string `json:"value,omitempty"`
	Bytes []byte `json:"value_base64,omitempty"`
}

// Plain writes objects in the clear, for other programs and for paper. Whoever has it has everything.
func Plain(objects []Object) ([]byte, error) {
	out := plainExport{Format: plainName, Version: 1, Objects: make([]plainObject, len(objects))}
	for i, o := range objects {
		out.Objects[i] = plain(o)
	}
	text, err := json.MarshalIndent(out, "", "  ")
	return append(text, '\n'), err
}

// PlainObject writes one object in the clear.
func PlainObject(o Object) ([]byte, error) {
	text, err := json.MarshalIndent(plain(o), "", "  ")
	return append(text, '\n'), err
}

// plain gives an object without its cover.
func plain(o Object) plainObject {
	if value := o.Value.Reveal(); utf8.ValidString(value) {
		return plainObject{Entry: o.Entry, Value: value}
	}
	return plainObject{Entry: o.Entry, Bytes: []byte(o.Value.Reveal())}
}

// readPlain reads an export in the clear.
func readPlain(text []byte) ([]Object, error) {
	var in plainExport
	if err := json.Unmarshal(text, &in); err != nil || in.Version != 1 {
		return nil, fault.New(fault.Malformed, "this is no export of a vault that this kai can read")
	}
	objects := make([]Object, len(in.Objects))
	for i, o := range in.Objects {
		objects[i] = Object{Entry: o.normal(), Value: config.Secret(o.Value)}
		if o.Bytes != nil {
			objects[i].Value = config.Secret(o.Bytes)
		}
		if err := objects[i].check(); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

package vault

import (
	"bytes"
	"testing"

	"github.com/kindos/kai/shared/fault"
)

// FuzzSlot: what is kept for the keyring has one spelling, and anything else is refused by a fault.
func FuzzSlot(f *testing.F) {
	f.Add(slot{Format: slotName, Version: slotVersion, Account: "vault 01", Key: []byte("box")}.text())
	f.Add([]byte(`{"format":"kai-vault-keyring","version":2}`))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseSlot(text)
		switch {
		case err == nil && !bytes.Equal(s.text(), text):
			t.Fatalf("%q is read as %q", text, s.text())
		case err != nil && fault.CodeOf(err) != fault.Malformed && fault.CodeOf(err) != fault.Unsupported:
			t.Fatal(err)
		}
	})
}

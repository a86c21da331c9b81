package app

import (
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/protocol"
)

// checkServices refuses a service at a metadata service of a cloud before it is kept. It would never be asked all the same.
func checkServices(r *protocol.Request) error {
	if r.Method != assistant.MethodServiceAdd && r.Method != assistant.MethodServiceUpdate {
		return nil
	}
	var in assistant.PutService
	if err := r.Decode(&in); err != nil {
		return err
	}
	return transport.Check(in.URL)
}

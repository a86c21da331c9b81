package moving_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/companion/extract"
	"github.com/kindos/kai/companion/moving"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
)

// A key can't be kept while the vault is locked. The import ends there and is made again later; left out, the service would be lost
// among what cannot come.
func TestALockedVaultEndsAnImport(t *testing.T) {
	tally := moving.NewTally()
	k := moving.NewKeeper(func(_ context.Context, method string, _, out any) error {
		if now, ok := out.(*assistant.Snapshot); ok {
			now.Kinds = []assistant.ServiceKind{{Kind: "openai"}}
			return nil
		}
		assert.Equal(t, assistant.MethodServiceAdd, method)
		return fault.New(fault.Locked, "the vault is locked").WithRemedy("unlock it with: kai vault unlock")
	}, extract.Reader{}, tally)
	err := k.Keep(t.Context(), moving.Item{Type: "service", Kind: "openai", Name: "Work", URL: "http://127.0.0.1:1", Key: "sk-1"})
	assert.Equal(t, fault.Locked, fault.CodeOf(err))
	assert.Empty(t, tally.Left)
}

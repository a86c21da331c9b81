package keys_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/assistant"
)

// Keys that were sealed before auth.mode was local_vault move into the vault when it is unlocked, each once.
func TestSealedKeysMoveIntoTheVaultAtTheFirstUnlock(t *testing.T) {
	p := newPlace(t, false)
	p.do(assistant.MethodServiceAdd, put("", "One", "sk-1"))
	p.do(assistant.MethodServiceAdd, put("", "Two", "sk-2"))
	p.do(assistant.MethodServiceAdd, put("", "None", ""))
	p.begin(true)
	p.unlock()
	both := []string{"key of service One = sk-1", "key of service Two = sk-2"}
	assert.Equal(t, both, p.objects())
	at := p.records()
	assert.True(t, strings.HasPrefix(at[0], "vault:") && strings.HasPrefix(at[1], "vault:") && at[2] == "", at)
	p.unlock()
	assert.Equal(t, both, p.objects())
	assert.Equal(t, at, p.records(), "nothing is left to move")
}

func TestAKeyThatWasSealedElsewhereStaysAsItIs(t *testing.T) {
	p := newPlace(t, false)
	p.do(assistant.MethodServiceAdd, put("", "One", "sk-1"))
	before := p.records()
	require.NoError(t, os.Remove(p.dir.File("keys.key")))
	p.sealer = sealer(t, p.dir.File("keys.key"))
	p.begin(true)
	p.unlock()
	assert.Equal(t, before, p.records())
	assert.Empty(t, p.objects())
}

// A kai that is killed between the vault and the record loses no key, and leaves none behind.
func TestAKaiThatIsKilledInTheMidstLosesNoKey(t *testing.T) {
	killed := func(p *place, do func()) {
		p.before = func() error { panic("killed") }
		assert.Panics(p.t, do)
		p.before = nil
		p.begin(true)
	}
	t.Run("while keys move", func(t *testing.T) {
		p := newPlace(t, false)
		p.do(assistant.MethodServiceAdd, put("", "One", "sk-1"))
		p.begin(true)
		killed(p, p.unlock)
		assert.True(t, strings.HasPrefix(p.records()[0], "sealed:"))
		p.unlock()
		assert.Equal(t, []string{"key of service One = sk-1"}, p.objects())
		assert.Equal(t, "sk-1", p.held())
	})
	t.Run("while a key changes", func(t *testing.T) {
		p := newPlace(t, true)
		id := p.do(assistant.MethodServiceAdd, put("", "One", "sk-1")).ID
		killed(p, func() { p.do(assistant.MethodServiceUpdate, put(id, "One", "sk-2")) })
		assert.Equal(t, "sk-1", p.held())
		p.unlock()
		assert.Equal(t, []string{"key of service One = sk-1"}, p.objects())
		assert.Equal(t, "sk-1", p.held())
	})
}

// When auth.mode is none again, keys that are in the vault are used from there until they are entered again.
func TestBackWithoutTheModeKeysStayInTheVaultUntilTheyChange(t *testing.T) {
	p := newPlace(t, true)
	id := p.do(assistant.MethodServiceAdd, put("", "Work", "sk-1")).ID
	p.begin(false)
	p.unlock()
	assert.Equal(t, "sk-1", p.held())
	p.do(assistant.MethodServiceUpdate, put(id, "Work", "sk-2"))
	assert.Empty(t, p.objects())
	assert.True(t, strings.HasPrefix(p.records()[0], "sealed:"))
}

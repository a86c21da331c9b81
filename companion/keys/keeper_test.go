package keys_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/keys"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/connectors"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

const password = config.Secret("correct horse")

// place is a data directory with a real vault, a real assistant and what stands before it.
type place struct {
	t         *testing.T
	dir       datadir.Dir
	vault     *vault.Vault
	store     *memstore.Store
	sealer    *keys.Sealer
	assistant *assistant.Assistant
	keeper    *keys.Keeper
	starts    int          // keep the ids of one start apart from those of the next
	before    func() error // comes before the assistant is asked to change a service; nil for nothing
}

// newPlace makes one whose vault is unlocked.
func newPlace(t *testing.T, into bool) *place {
	t.Helper()
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	p := &place{t: t, dir: dir, store: memstore.New(store.Schema()), sealer: sealer(t, dir.File("keys.key"))}
	p.vault = vault.At(dir.File("vault.db"), time.Now)
	t.Cleanup(p.vault.Lock)
	require.NoError(t, p.vault.Create(t.Context(), password, vault.KDF{Name: vault.PBKDF2SHA512, Iterations: 1}))
	p.assistant = assistant.New(assistant.Deps{
		Store: p.store, Clock: record.NewClock("r1", time.Now), Kinds: connectors.Definitions(), Keys: p.sealer, Log: slog.New(slog.DiscardHandler),
		Gateway: keys.New(service.NewLocal(transport.New("kAI/test"), connectors.Definitions(), "kai"), p.vault, nil),
		Runners: func() (here, companion run.Runner) { return nil, nil },
	})
	require.NoError(t, p.assistant.Start(t.Context()))
	t.Cleanup(func() { assert.NoError(t, p.assistant.Close(context.Background())) })
	p.begin(into)
	return p
}

// begin makes the keeper of a kai that starts: auth.mode is local_vault, or none.
func (p *place) begin(into bool) {
	var mu sync.Mutex
	p.starts++
	ids := 100 * p.starts
	p.keeper = keys.NewKeeper(keys.KeeperOptions{
		Vault: p.vault, Into: into, Sealer: p.sealer, Store: p.store, Dir: p.dir, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		NewID: func() string { mu.Lock(); defer mu.Unlock(); ids++; return fmt.Sprint("n", ids) },
		Next: protocol.HandlerFunc(func(ctx context.Context, r *protocol.Request) (any, error) {
			if p.before != nil {
				if err := p.before(); err != nil {
					return nil, err
				}
			}
			return p.assistant.Serve(ctx, r)
		}),
	})
}

func (p *place) unlock() {
	p.t.Helper()
	require.NoError(p.t, p.vault.Unlock(p.t.Context(), password))
	p.keeper.Unlocked(p.t.Context())
}

func (p *place) try(method string, in any) (assistant.ServiceView, error) {
	p.t.Helper()
	body, err := json.Marshal(in)
	require.NoError(p.t, err)
	out, err := p.keeper.Serve(p.t.Context(), protocol.NewRequest(method, body, nil))
	v, _ := out.(assistant.ServiceView)
	return v, err
}

func (p *place) do(method string, in any) assistant.ServiceView {
	p.t.Helper()
	v, err := p.try(method, in)
	require.NoError(p.t, err)
	return v
}

// put is a service as a person enters it. An address of nobody: nothing is asked in these tests.
func put(id, name, key string) assistant.PutService {
	return assistant.PutService{ID: id, Kind: "openai", Name: name, URL: "http://127.0.0.1:1", Key: &key}
}

// objects are what the vault has: "name = secret".
func (p *place) objects() []string {
	p.t.Helper()
	out := []string{}
	all, err := p.vault.All(p.t.Context())
	require.NoError(p.t, err)
	for _, o := range all {
		out = append(out, o.Metadata.Name+" = "+o.Value.Reveal())
	}
	return out
}

// records are the keys that the records of services have.
func (p *place) records() (out []string) {
	p.t.Helper()
	page, err := p.store.List(p.t.Context(), store.Query{Kind: record.KindService})
	require.NoError(p.t, err)
	for _, r := range page.Records {
		var s assistant.Service
		require.NoError(p.t, json.Unmarshal(r.Body, &s))
		assert.NotContains(p.t, string(r.Body), "sk-", "in clear")
		out = append(out, string(s.Key))
	}
	return out
}

// held is the secret that the one record names.
func (p *place) held() string {
	p.t.Helper()
	require.Len(p.t, p.records(), 1)
	key, err := config.Dereference(p.t.Context(), config.Secret(p.records()[0]), p.vault)
	require.NoError(p.t, err)
	return key.Reveal()
}

func TestATypedKeyGoesIntoTheVault(t *testing.T) {
	p := newPlace(t, true)
	v := p.do(assistant.MethodServiceAdd, put("", "Work", " sk-1 "))
	assert.True(t, v.HasKey, "as any key is shown")
	assert.Equal(t, []string{"key of service Work = sk-1"}, p.objects())
	require.Len(t, p.records(), 1)
	assert.True(t, strings.HasPrefix(p.records()[0], "vault:service-"), p.records()[0])
	assert.Equal(t, "sk-1", p.held())
	assert.NoFileExists(t, p.dir.File("keys.notes"), "nothing is left to do")
}

func TestWithoutTheModeAKeyIsSealedAsItWas(t *testing.T) {
	p := newPlace(t, false)
	p.do(assistant.MethodServiceAdd, put("", "Work", "sk-1"))
	assert.Empty(t, p.objects())
	assert.True(t, strings.HasPrefix(p.records()[0], "sealed:"))
	p.unlock()
	assert.True(t, strings.HasPrefix(p.records()[0], "sealed:"), "nor does it move")
}

func TestTheVaultFollowsWhatBecomesOfAService(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(p *place, id string)
		want []string
	}{
		"another key":        {func(p *place, id string) { p.do(assistant.MethodServiceUpdate, put(id, "Work", "sk-2")) }, []string{"key of service Work = sk-2"}},
		"the key cleared":    {func(p *place, id string) { p.do(assistant.MethodServiceUpdate, put(id, "Work", "")) }, []string{}},
		"a key of the vault": {func(p *place, id string) { p.do(assistant.MethodServiceUpdate, put(id, "Work", "vault:own")) }, []string{}},
		"removed":            {func(p *place, id string) { p.do(assistant.MethodServiceRemove, assistant.ByID{ID: id}) }, []string{}},
		"everything deleted": {func(p *place, _ string) { p.do(assistant.MethodDataDeleteAll, assistant.Empty{}) }, []string{}},
		"another name, no key": {func(p *place, id string) {
			in := put(id, "Home", "")
			in.Key = nil
			p.do(assistant.MethodServiceUpdate, in)
		}, []string{"key of service Home = sk-1"}},
		"one without a key beside it": {func(p *place, _ string) {
			in := put("", "Other", "")
			in.Key = nil
			p.do(assistant.MethodServiceAdd, in)
		}, []string{"key of service Work = sk-1"}},
		"a service beside it": {func(p *place, _ string) { p.do(assistant.MethodServiceAdd, put("", "Other", "sk-2")) }, []string{"key of service Work = sk-1", "key of service Other = sk-2"}},
		"a change that is none": {func(p *place, id string) {
			in := put(id, "Work", "sk-2")
			in.URL = "ftp://x"
			_, err := p.try(assistant.MethodServiceUpdate, in)
			assert.Error(p.t, err)
		}, []string{"key of service Work = sk-1"}},
		"a service that is gone": {func(p *place, _ string) {
			_, err := p.try(assistant.MethodServiceUpdate, put("gone", "Work", "sk-2"))
			assert.Error(p.t, err)
		}, []string{"key of service Work = sk-1"}},
		"the same service again": {func(p *place, _ string) {
			_, err := p.try(assistant.MethodServiceAdd, put("", "Work", "sk-1"))
			assert.Equal(p.t, fault.Conflict, fault.CodeOf(err))
		}, []string{"key of service Work = sk-1"}},
		"a key that is not a key": {func(p *place, id string) {
			_, err := p.try(assistant.MethodServiceUpdate, put(id, "Work", "sk 2"))
			assert.Error(p.t, err)
		}, []string{"key of service Work = sk-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, true)
			c.do(p, p.do(assistant.MethodServiceAdd, put("", "Work", "sk-1")).ID)
			assert.Equal(t, c.want, p.objects())
			assert.NoFileExists(t, p.dir.File("keys.notes"))
		})
	}
}

// What a person keeps in the vault is never removed, even where it is named as ours are.
func TestAnObjectOfThePersonStays(t *testing.T) {
	p := newPlace(t, true)
	own := vault.Object{Entry: vault.Entry{ID: "service-own", Type: "api_key", Metadata: vault.Metadata{Created: time.Now()}}, Value: "sk-own"}
	_, err := p.vault.Put(t.Context(), []vault.Object{own}, false)
	require.NoError(t, err)
	id := p.do(assistant.MethodServiceAdd, put("", "Work", "vault:service-own")).ID
	p.do(assistant.MethodServiceRemove, assistant.ByID{ID: id})
	assert.Equal(t, []string{" = sk-own"}, p.objects())
}

func TestAKeyThatIsNamedTwiceStaysWithTheOther(t *testing.T) {
	p := newPlace(t, true)
	id := p.do(assistant.MethodServiceAdd, put("", "Work", "sk-1")).ID
	other := put("", "Other", p.records()[0])
	other.URL = "http://127.0.0.1:2"
	p.do(assistant.MethodServiceAdd, other)
	p.do(assistant.MethodServiceRemove, assistant.ByID{ID: id})
	assert.Equal(t, "sk-1", p.held())
}

func TestWhileTheVaultIsLockedAKeyIsRefusedAndNothingElseChanges(t *testing.T) {
	p := newPlace(t, true)
	id := p.do(assistant.MethodServiceAdd, put("", "Work", "sk-1")).ID
	p.vault.Lock()
	for name, in := range map[string]assistant.PutService{assistant.MethodServiceAdd: put("", "New", "sk-2"), assistant.MethodServiceUpdate: put(id, "Other", "sk-2")} {
		_, err := p.try(name, in)
		f := fault.Public(err)
		assert.Equal(t, []any{fault.Locked, "unlock it with: kai vault unlock"}, []any{f.Code, f.Remedy}, name)
	}
	p.unlock()
	assert.Equal(t, []string{"key of service Work = sk-1"}, p.objects())
	assert.Equal(t, "sk-1", p.held())
}

func TestWhatIsRemovedWhileTheVaultIsLockedGoesWhenItIsUnlocked(t *testing.T) {
	p := newPlace(t, true)
	id := p.do(assistant.MethodServiceAdd, put("", "Work", "sk-1")).ID
	p.vault.Lock()
	p.do(assistant.MethodServiceRemove, assistant.ByID{ID: id})
	assert.Empty(t, p.records())
	p.begin(true)
	p.unlock()
	assert.Empty(t, p.objects())
	assert.NoFileExists(t, p.dir.File("keys.notes"))
}

func TestWithoutAVaultAKeyIsRefusedWithTheWayOut(t *testing.T) {
	p := newPlace(t, true)
	p.vault = vault.At(filepath.Join(t.TempDir(), "none.db"), time.Now)
	p.begin(true)
	_, err := p.try(assistant.MethodServiceAdd, put("", "Work", "sk-1"))
	f := fault.Public(err)
	assert.Equal(t, []any{fault.Unavailable, "make one with kai vault init"}, []any{f.Code, f.Remedy})
}

func TestNamesAreLinesOfTheVault(t *testing.T) {
	for name, want := range map[string]string{
		"Wörk":                   "key of service Wörk",
		"a\u200db\u0007":         "key of service ab",
		strings.Repeat("模", 100): "key of service " + strings.Repeat("模", 80),
		"":                       "key of service openai",
	} {
		p := newPlace(t, true)
		p.do(assistant.MethodServiceAdd, put("", name, "sk-1"))
		assert.Equal(t, []string{want + " = sk-1"}, p.objects())
	}
}

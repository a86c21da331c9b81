package vault

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

const horse = config.Secret("correct horse")

// sample is a vault with two objects, and the file as it was when the first had another secret.
func sample(t testing.TB) (path string, text, earlier []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "vault.db")
	v := At(path, time.Now)
	defer v.Lock()
	require.NoError(t, v.Create(t.Context(), horse, KDF{Name: PBKDF2SHA512, Iterations: 1}))
	meta := Metadata{Name: "name", Created: time.Unix(1_800_000_000, 0)}
	objects := []Object{{Entry{"a", "token", []string{"tag"}, meta}, "first"}, {Entry{"b", "token", nil, meta}, "second"}}
	_, err := v.Put(t.Context(), objects, false)
	require.NoError(t, err)
	earlier, err = os.ReadFile(path)
	require.NoError(t, err)
	objects[0].Value = "third"
	_, err = v.Put(t.Context(), objects[:1], true)
	require.NoError(t, err)
	text, err = os.ReadFile(path)
	require.NoError(t, err)
	return path, text, earlier
}

// Chance, and everybody without the password, can change no bit: neither of the secrets nor of what is readable.
func TestEveryFlippedBitIsNoticed(t *testing.T) {
	path, text, _ := sample(t)
	v := At(path, time.Now)
	for i := range text {
		for bit := range 8 {
			flipped := slices.Clone(text)
			flipped[i] ^= 1 << bit
			_, err := parse(flipped)
			if c := fault.CodeOf(err); c != fault.Malformed && c != fault.Unsupported {
				t.Fatalf("bit %d of byte %d (%q): %v", bit, i, text[i], err)
			}
		}
	}
	require.NoError(t, os.WriteFile(path, text[:len(text)-2], 0o600))
	assert.Equal(t, fault.Malformed, fault.CodeOf(v.Unlock(t.Context(), horse)), "cut off")
	_, err := v.List(t.Context())
	assert.Equal(t, fault.Malformed, fault.CodeOf(err))
	_, err = os.Stat(triesFile(path))
	assert.ErrorIs(t, err, os.ErrNotExist, "damage is no wrong password")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	require.NoError(t, v.Unlock(t.Context(), horse))
	v.Lock()
}

// Who can compute the checksum still has no key.
func TestChangesOnPurposeAreNoticed(t *testing.T) {
	path, text, earlier := sample(t)
	var before document
	require.NoError(t, json.Unmarshal(earlier, &before))
	for name, c := range map[string]struct {
		change func(*document)
		want   fault.Code
	}{
		"nothing":           {func(*document) {}, ""},
		"an object less":    {func(d *document) { d.Objects = d.Objects[:1] }, fault.Malformed},
		"an earlier secret": {func(d *document) { d.Objects[0] = before.Objects[0] }, fault.Malformed},
		"an earlier seal":   {func(d *document) { d.Seal = before.Seal }, fault.Malformed},
		"swapped secrets": {func(d *document) {
			d.Objects[0].Encrypted, d.Objects[1].Encrypted = d.Objects[1].Encrypted, d.Objects[0].Encrypted
		}, fault.Malformed},
		"another id":          {func(d *document) { d.Objects[1].ID = "c" }, fault.Malformed},
		"another type":        {func(d *document) { d.Objects[1].Type = "json" }, fault.Malformed},
		"another tag":         {func(d *document) { d.Objects[0].Tags[0] = "x" }, fault.Malformed},
		"a tag less":          {func(d *document) { d.Objects[0].Tags = nil }, fault.Malformed},
		"another name":        {func(d *document) { d.Objects[0].Metadata.Name = "x" }, fault.Malformed},
		"another time":        {func(d *document) { d.Objects[0].Metadata.Created = time.Unix(1, 0).UTC() }, fault.Malformed},
		"part of a second":    {func(d *document) { d.Objects[0].Metadata.Created = d.Objects[0].Metadata.Created.Add(1) }, fault.Malformed},
		"an empty box":        {func(d *document) { d.Objects[0].Encrypted = nil }, fault.Malformed},
		"no list":             {func(d *document) { d.Objects = nil }, fault.Malformed},
		"one object twice":    {func(d *document) { d.Objects[1] = d.Objects[0] }, fault.Malformed},
		"no seal":             {func(d *document) { d.Seal = nil }, fault.Malformed},
		"another salt":        {func(d *document) { d.KDF.Salt[0]++ }, fault.Unauthorized},
		"another cost":        {func(d *document) { d.KDF.Iterations++ }, fault.Unauthorized},
		"another check":       {func(d *document) { d.Check = d.Seal }, fault.Unauthorized},
		"no salt":             {func(d *document) { d.KDF.Salt = nil }, fault.Malformed},
		"no rounds":           {func(d *document) { d.KDF.Iterations = 0 }, fault.Malformed},
		"hours of rounds":     {func(d *document) { d.KDF.Iterations = 1 << 31 }, fault.Malformed},
		"terabytes of memory": {func(d *document) { d.KDF = KDF{Argon2id, d.KDF.Salt, 1, 1 << 31, 4} }, fault.Malformed},
		"no lanes":            {func(d *document) { d.KDF = KDF{Argon2id, d.KDF.Salt, 1, 64, 0} }, fault.Malformed},
		"an unknown KDF":      {func(d *document) { d.KDF.Name = "md5" }, fault.Unsupported},
		"a newer version":     {func(d *document) { d.Version = 3 }, fault.Unsupported},
		"another format":      {func(d *document) { d.Format = "x" }, fault.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			var d document
			require.NoError(t, json.Unmarshal(text, &d))
			c.change(&d)
			d.Sum = d.sum()
			require.NoError(t, os.WriteFile(path, d.text(), 0o600))
			require.NoError(t, forgive(path))
			v := At(path, time.Now)
			defer v.Lock()
			assert.Equal(t, c.want, fault.CodeOf(v.Unlock(t.Context(), horse)))
			if c.want != "" {
				assert.False(t, v.Unlocked())
			}
		})
	}
}

// A vault that is unlocked notices too.
func TestChangesUnderAnUnlockedVaultAreNoticed(t *testing.T) {
	path, text, _ := sample(t)
	v := At(path, time.Now)
	require.NoError(t, v.Unlock(t.Context(), horse))
	defer v.Lock()
	var d document
	require.NoError(t, json.Unmarshal(text, &d))
	d.Objects = d.Objects[:1]
	d.Sum = d.sum()
	require.NoError(t, os.WriteFile(path, d.text(), 0o600))
	_, err := v.Get(t.Context(), "a")
	assert.Equal(t, fault.Malformed, fault.CodeOf(err))
	assert.Equal(t, fault.Malformed, fault.CodeOf(v.Remove(t.Context(), "a")))
}

func TestLockingOverwritesTheKey(t *testing.T) {
	path, _, _ := sample(t)
	v := At(path, time.Now)
	require.NoError(t, v.Unlock(t.Context(), horse))
	key := v.key
	require.NotEqual(t, make([]byte, keyBytes), key)
	v.Lock()
	assert.Equal(t, make([]byte, keyBytes), key)
	v.Lock()
}

// Also when nobody asks: the key is not kept until the next use.
func TestIdleTimeOverwritesTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path, _, _ := sample(t)
		v := At(path, time.Now)
		require.NoError(t, v.Unlock(t.Context(), horse))
		key := v.key
		time.Sleep(Idle + time.Second)
		assert.Equal(t, make([]byte, keyBytes), key)
	})
}

func FuzzParse(f *testing.F) {
	_, text, _ := sample(f)
	f.Add(text)
	for _, name := range []string{Argon2id, PBKDF2SHA512} {
		vector, err := os.ReadFile(filepath.Join("testdata", name+".vault"))
		require.NoError(f, err)
		f.Add(vector)
	}
	f.Add([]byte(`{"format": "kai-vault", "version": 2, "objects": null}`))
	f.Add([]byte(`{"format": "kai-vault-plain", "version": 1, "objects": [{"id": "a", "type": "token", "value_base64": "AA=="}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if d, err := parse(text); err == nil {
			assert.Equal(t, string(text), string(d.text()))
			assert.NoError(t, d.KDF.check())
		}
		if objects, err := readPlain(text); err == nil {
			again, err := Plain(objects)
			require.NoError(t, err)
			back, err := readPlain(again)
			require.NoError(t, err)
			assert.Equal(t, objects, back)
		}
	})
}

// What is fuzzed stands for a file, for the bytes of a blob, and for what a blob holds.
func FuzzKaiCD(f *testing.F) {
	f.Add([]byte("U2FsdGVkX197ec22Qm4uT4EeBn8X0/6y2bmCf4BsSeFPNNJBOr1gcdWdlErPd+dt"))
	f.Add([]byte(`{"version": "1.0", "data": {"vault": "U2FsdGVkX197ec22Qm4uT4EeBn8X0/6y2bmCf4BsSeE="}}`))
	f.Add([]byte(`{"kai-vault-storage": "{\"state\":{\"x\":\"U2FsdGVkX19\"},\"version\":0}"}`))
	f.Add([]byte(`[{"id":"a","name":"A","type":"api_key","value":"1"},{"id":"a","name":"\u0000é","type":"?","value":"2"},{"id":"///"}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if blob, err := findBlob(text); err == nil {
			_, _ = openBlob(blob, horse, time.Unix(0, 0)) // must not panic
		}
		blob := append([]byte(blobMark+"12345678"), text[:len(text)/16*16]...)
		if len(blob) >= 32 {
			_, _ = openBlob(blob, horse, time.Unix(0, 0)) // must not panic
		}
		var credentials []credential
		if json.Unmarshal(text, &credentials) != nil {
			return
		}
		objects, err := adopt(credentials, time.Unix(0, 0))
		seen := map[string]bool{}
		for _, o := range objects {
			require.True(t, err != nil || !seen[o.ID], "an id twice")
			seen[o.ID] = true
			require.NoError(t, o.Entry.check())
		}
	})
}

package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func note(i int, text string) record.Record {
	return record.Record{Kind: record.KindMessage, ID: fmt.Sprintf("m%06d", i), Version: record.Version(fmt.Sprintf("%012x-0000-t", i+1)),
		Body: fmt.Appendf(nil, `{"conversation":"c%02d","text":%q}`, i%50, text)}
}

func put(t testing.TB, s store.Store, records ...record.Record) store.Result {
	t.Helper()
	batch := make([]store.Write, len(records))
	for i, r := range records {
		batch[i] = store.Put(r)
	}
	res, err := s.Apply(context.Background(), batch...)
	require.NoError(t, err)
	return res
}

// intruder is somebody who runs SQL of their own through the role that kAI works as, in a session of alice's.
type intruder struct {
	*pgx.Conn
	t     *testing.T
	heard []string // what the server told besides rows
}

func intrude(t *testing.T, c Config, sealed string) *intruder {
	t.Helper()
	settings, err := pgx.ParseConfig(c.URL)
	require.NoError(t, err)
	i := &intruder{t: t}
	settings.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { i.heard = append(i.heard, n.Message) }
	i.Conn, err = pgx.ConnectConfig(context.Background(), settings)
	require.NoError(t, err)
	t.Cleanup(func() { _ = i.Close(context.Background()) }) // the test is over
	i.become(sealed)
	return i
}

func (i *intruder) become(sealed string) {
	i.t.Helper()
	_, err := i.Exec(context.Background(), `SELECT set_config('kai.owner', $1, false)`, sealed)
	require.NoError(i.t, err)
}

// number answers the one number of a query, or how many rows a statement changed.
func (i *intruder) number(statement string) int64 {
	i.t.Helper()
	rows, err := i.Query(context.Background(), statement)
	require.NoError(i.t, err, statement)
	defer rows.Close()
	n := int64(-1)
	for rows.Next() {
		require.NoError(i.t, rows.Scan(&n), statement)
	}
	rows.Close()
	require.NoError(i.t, rows.Err(), statement)
	if n < 0 {
		n = rows.CommandTag().RowsAffected()
	}
	return n
}

// refused answers why a statement is not run.
func (i *intruder) refused(statement string) string {
	i.t.Helper()
	_, err := i.Exec(context.Background(), statement)
	var told *pgconn.PgError
	require.ErrorAs(i.t, err, &told, statement)
	assert.Equal(i.t, "42501", told.Code, statement)
	return told.Message
}

func TestNobodyReachesAnotherOwnersRecords(t *testing.T) {
	c := fresh(t, server)
	db := open(t, c)
	alice, bob := owned(t, db, "alice"), owned(t, db, "bob")
	put(t, alice, note(1, "mine"))
	put(t, bob, note(1, "secret"), note(2, "secret"))
	gone := record.Record{Kind: record.KindSetting, ID: "gone", Version: "000000000001-0000-t", Deleted: true}
	before := put(t, bob, gone)
	mine, secret := putBlob(t, alice, "mine"), putBlob(t, bob, "secret")
	admin(t, server, database(t, c), `ANALYZE kai.records`, `ANALYZE kai.owners`, `ANALYZE kai.blobs`, `ANALYZE kai.blob_parts`)

	i := intrude(t, c, alice.sealed)
	t.Run("reading", func(t *testing.T) { readsOnlyOwn(t, i, bob) })
	t.Run("writing", func(t *testing.T) { writesOnlyOwn(t, i, bob) })
	t.Run("learning what exists", func(t *testing.T) { learnsNothing(t, i, bob) })
	t.Run("naming the partition", func(t *testing.T) { addsOnlyOwn(t, i, db) })
	t.Run("becoming another", func(t *testing.T) { staysWhoTheyAre(t, i, db) })

	feed, err := bob.Changes(context.Background(), 0, 0)
	require.NoError(t, err)
	assert.Equal(t, []record.Record{note(1, "secret"), note(2, "secret"), gone}, feed.Records)
	assert.Equal(t, before.Seq, feed.Seq)
	assert.Equal(t, "secret", readBlob(t, bob, secret.Name))
	_, err = alice.ReadBlob(context.Background(), mine.Name, 0, -1)
	assert.Equal(t, fault.NotFound, fault.CodeOf(err), "it was theirs to delete")
}

func readsOnlyOwn(t *testing.T, i *intruder, bob *Store) {
	assert.EqualValues(t, 1, i.number(`SELECT count(*) FROM kai.records`))
	assert.EqualValues(t, 1, i.number(`SELECT count(*) FROM kai.owners`))
	assert.EqualValues(t, 1, i.number(`SELECT count(*) FROM kai.blobs`))
	assert.EqualValues(t, 1, i.number(`SELECT count(*) FROM kai.blob_parts`))
	for _, statement := range []string{
		`SELECT count(*) FROM kai.records WHERE owner = %d`,
		`SELECT count(*) FROM kai.records WHERE body LIKE '%%secret%%' OR words LIKE '%%secret%%' AND %d > 0`,
		`SELECT count(*) FROM kai.owners WHERE no = %d`,
		`WITH r AS (SELECT 1 FROM kai.records WHERE owner = %d FOR UPDATE) SELECT count(*) FROM r`,
	} {
		assert.Zero(t, i.number(fmt.Sprintf(statement, bob.no)), statement)
	}
	// A function that tells what it sees, and that the planner thinks is the cheapest thing to ask.
	_, err := i.Exec(context.Background(), `CREATE FUNCTION pg_temp.tell(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql
		AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$`)
	require.NoError(t, err)
	assert.EqualValues(t, 1, i.number(`SELECT count(*) FROM kai.records WHERE pg_temp.tell(body)`))
	assert.Len(t, i.heard, 1)
	assert.NotContains(t, strings.Join(i.heard, ""), "secret")
}

func writesOnlyOwn(t *testing.T, i *intruder, bob *Store) {
	assert.Zero(t, i.number(fmt.Sprintf(`UPDATE kai.records SET body = '{}' WHERE owner = %d`, bob.no)))
	assert.Zero(t, i.number(`UPDATE kai.owners SET seq = 0 WHERE name = 'bob'`))
	assert.EqualValues(t, 1, i.number(`UPDATE kai.records SET deleted = deleted`), "every record that there is for them")
	i.refused(fmt.Sprintf(`UPDATE kai.records SET owner = %d, id = 'mine'`, bob.no))
	assert.Zero(t, i.number(`DELETE FROM kai.records`), "not even of their own, unless it is deleted already")
	assert.EqualValues(t, 1, i.number(`DELETE FROM kai.blobs`), "every blob that there is for them")
	assert.EqualValues(t, 1, i.number(`DELETE FROM kai.blob_parts`))
	i.refused(fmt.Sprintf(`INSERT INTO kai.blobs VALUES (%d, '', gen_random_uuid(), 0, now())`, bob.no))
	i.refused(fmt.Sprintf(`INSERT INTO kai.blob_parts VALUES (%d, gen_random_uuid(), 0, '')`, bob.no))
	for _, statement := range []string{
		`TRUNCATE kai.records`, `TRUNCATE kai.blobs`, `UPDATE kai.blob_parts SET bytes = ''`, `DROP TABLE kai.records`, `UPDATE kai.owners SET name = 'bob'`,
		`ALTER TABLE kai.records DISABLE ROW LEVEL SECURITY`, `ALTER TABLE kai.records NO FORCE ROW LEVEL SECURITY`,
		`CREATE POLICY all_of_them ON kai.records USING (true)`, `DROP POLICY own ON kai.records`,
		`CREATE TRIGGER t BEFORE UPDATE ON kai.records EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
		`CREATE OR REPLACE FUNCTION kai.owner_name() RETURNS text LANGUAGE sql AS $$ SELECT 'bob' $$`,
	} {
		i.refused(statement)
	}
}

// addsOnlyOwn: the partition, where rows lie without a policy, takes rows of the session's owner and gives nothing away.
func addsOnlyOwn(t *testing.T, i *intruder, db *Database) {
	ctx := context.Background()
	bob := owned(t, db, "bob")
	for _, statement := range []string{
		`SELECT count(*) FROM kai.records_whole`, `SELECT id FROM kai.records_whole`, `SELECT FROM kai.records_whole`, `TABLE kai.records_whole`,
		`COPY kai.records_whole TO STDOUT`, `COPY kai.records_whole (id) TO STDOUT`,
		`UPDATE kai.records_whole SET body = ''`, `UPDATE kai.records_whole SET owner = 1`, `DELETE FROM kai.records_whole`, `TRUNCATE kai.records_whole`,
		`SELECT FROM kai.records_whole FOR UPDATE`, `DO $$ BEGIN LOCK TABLE kai.records_whole; END $$`, `DROP TABLE kai.records_whole`,
		`ALTER TABLE kai.records_whole ALTER owner SET DEFAULT 2`, `ALTER TABLE kai.records DETACH PARTITION kai.records_whole`,
		`CREATE TRIGGER t BEFORE INSERT ON kai.records_whole EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
		`CREATE OR REPLACE FUNCTION kai.owner_no() RETURNS bigint LANGUAGE sql AS $$ SELECT 2::bigint $$`,
	} {
		i.refused(statement)
	}
	const row = `'message', 'm000001', 77, '', true`
	for _, statement := range []string{
		`INSERT INTO kai.records_whole (owner, kind, id, seq, version, deleted) VALUES (%d, ` + row + `)`,
		`INSERT INTO kai.records_whole (owner, kind, id, seq, version, deleted) VALUES (%d, ` + row + `) ON CONFLICT DO NOTHING`,
		`INSERT INTO kai.records_whole VALUES (%d, ` + row + `)`,
		`INSERT INTO kai.records_whole SELECT %d, ` + row,
		`INSERT INTO kai.records_whole (kind, id, seq, version, deleted) VALUES (` + row + `) ON CONFLICT (owner, kind, id) DO UPDATE SET owner = %d`,
		`INSERT INTO kai.records_whole (kind, id, seq, version, deleted) SELECT ` + row + ` WHERE %d > 0 RETURNING owner`,
		`WITH added AS (INSERT INTO kai.records_whole (kind, id, seq, version, deleted) VALUES (` + row + `) RETURNING *) SELECT %d FROM added`,
		`COPY kai.records_whole FROM STDIN`,
		`COPY kai.records_whole (owner, kind, id, seq, version, deleted) FROM STDIN`,
	} {
		i.refused(strings.ReplaceAll(statement, `%d`, fmt.Sprint(bob.no)))
	}
	becoming := seal([]byte("guess"), "bob")
	for n, statement := range []string{
		`INSERT INTO kai.records_whole (kind, id, seq, version, deleted) VALUES ('run', 'r1', 101, '', true)`,
		`INSERT INTO kai.records_whole (kind, id, seq, version, deleted) SELECT 'run', 'r2', 102, set_config('kai.owner', '` + becoming + `', true), true`,
		`COPY kai.records_whole (kind, id, seq, version, deleted) FROM STDIN`,
	} {
		assert.NoError(t, i.load(statement, "run\tr3\t103\t\tt\n"), "an own row")
		assert.EqualValues(t, n+2, i.number(`SELECT count(*) FROM kai.records`), statement)
		for _, sealed := range []string{"", becoming} {
			i.become(sealed)
			var told *pgconn.PgError
			require.ErrorAs(t, i.load(strings.ReplaceAll(statement, `'r`, `'x`), "run\tx3\t104\t\tt\n"), &told, statement)
			assert.Equal(t, "23502", told.Code, "no owner, no row: %v", told.Message)
		}
		i.become(seal(db.key, "alice"))
	}
	feed, err := bob.Changes(ctx, 0, 0)
	require.NoError(t, err)
	assert.Len(t, feed.Records, 3, "nothing came to anybody else")
	assert.EqualValues(t, 3, i.number(`DELETE FROM kai.records WHERE kind = 'run'`), "what was added is gone again")
}

// load runs a statement that may read rows from here.
func (i *intruder) load(statement, rows string) error {
	if !strings.HasPrefix(statement, "COPY") {
		_, err := i.Exec(context.Background(), statement)
		return err
	}
	_, err := i.PgConn().CopyFrom(context.Background(), strings.NewReader(rows), statement)
	return err
}

// learnsNothing: what exists and what does not must look the same.
func learnsNothing(t *testing.T, i *intruder, bob *Store) {
	const insert = `INSERT INTO kai.records (owner, kind, id, seq, version, deleted) VALUES (%d, 'message', '%s', %d, '', true) %s`
	for _, end := range []string{``, `ON CONFLICT DO NOTHING`, `ON CONFLICT (owner, kind, id) DO UPDATE SET body = '{}'`} {
		stored := i.refused(fmt.Sprintf(insert, bob.no, "m000001", 1, end))
		assert.Equal(t, stored, i.refused(fmt.Sprintf(insert, bob.no, "never", 99, end)))
		assert.Equal(t, stored, i.refused(fmt.Sprintf(insert, 12345, "never", 99, end)), "no such owner")
	}
	known := i.refused(`INSERT INTO kai.owners (name) VALUES ('bob')`)
	assert.Equal(t, known, i.refused(`INSERT INTO kai.owners (name) VALUES ('nobody')`))
	assert.Zero(t, i.number(`SELECT count(*) FROM pg_stats WHERE schemaname = 'kai' AND tablename IN ('records', 'records_whole', 'owners', 'blobs', 'blob_parts')`))
	i.refused(`SELECT last_value FROM kai.owners_no_seq`)
	i.refused(`SELECT * FROM kai.secrets`)
}

func staysWhoTheyAre(t *testing.T, i *intruder, db *Database) {
	ctx := context.Background()
	mine := seal(db.key, "alice")
	owned(t, db, "alice's sister")
	for name, sealed := range map[string]string{
		"nobody": "", "the bare name": "bob", "a name in hexadecimal": fmt.Sprintf("%x", "bob"), "an own key": seal([]byte("guess"), "bob"),
		"another name under the own seal": mine[:64] + fmt.Sprintf("%x", "bob"), "a longer name under the own seal": mine + fmt.Sprintf("%x", "'s sister"),
		"a seal alone": mine[:64], "upper case": strings.ToUpper(mine), "not hexadecimal": "zz" + mine[2:], "half a byte more": mine + "6",
	} {
		i.become(sealed)
		assert.Zero(t, i.number(`SELECT count(*) FROM kai.records`), name)
		assert.Zero(t, i.number(`SELECT count(*) FROM kai.owners`), name)
	}
	i.become(mine)
	_, err := i.Exec(ctx, `SET row_security = off`)
	require.NoError(t, err)
	i.refused(`SELECT count(*) FROM kai.records`)
	own, err := pgx.ParseConfig(i.Config().ConnString())
	require.NoError(t, err)
	i.refused(`SET ROLE ` + strings.Replace(own.User, "work_", "own_", 1))
}

func TestOneRoleForEverythingIsHeldToThePoliciesToo(t *testing.T) {
	c := fresh(t, server)
	c.URL, c.AdminURL = c.AdminURL, ""
	db := open(t, c)
	put(t, owned(t, db, "bob"), note(1, "secret"))
	i := intrude(t, c, seal(db.key, "alice"))
	assert.Zero(t, i.number(`SELECT count(*) FROM kai.records`))
	i.become("")
	assert.Zero(t, i.number(`SELECT count(*) FROM kai.records`))
	assert.Zero(t, i.number(`UPDATE kai.records SET body = '{}'`))
	i.become(seal(db.key, "bob"))
	assert.EqualValues(t, 1, i.number(`SELECT count(*) FROM kai.records`))
	i.refused(`SELECT count(*) FROM kai.records_whole`)
	i.refused(`INSERT INTO kai.records_whole (owner, kind, id, seq, version, deleted) VALUES (1, 'run', 'x', 9, '', true)`)
}

// Privileges that were given for the table of before lead past the policies of the new one no more.
func TestPrivilegesOfAnEarlierLayoutDoNotHoldForThePartition(t *testing.T) {
	c := restored(t, "layout2")
	work, err := pgx.ParseConfig(c.URL)
	require.NoError(t, err)
	admin(t, server, database(t, c), `GRANT USAGE ON SCHEMA kai TO PUBLIC`, `GRANT SELECT, INSERT, UPDATE, DELETE ON kai.records TO `+work.User+` WITH GRANT OPTION`,
		`GRANT UPDATE ON kai.records TO PUBLIC`, `GRANT SELECT (body) ON kai.records TO PUBLIC`)
	db := open(t, c)
	i := intrude(t, c, seal(db.key, fixtureOwner))
	assert.EqualValues(t, 8, i.number(`SELECT count(*) FROM kai.records`))
	for _, statement := range []string{
		`SELECT FROM kai.records_whole`, `SELECT body FROM kai.records_whole`, `UPDATE kai.records_whole SET body = ''`, `DELETE FROM kai.records_whole`,
		`INSERT INTO kai.records_whole (owner, kind, id, seq, version, deleted) VALUES (1, 'run', 'x', 99, '', true)`,
	} {
		i.refused(statement)
	}
}

// A database that was put back from a dump without privileges is held to them from the next start on.
func TestTheOwnerOfTheTablesIsHeldToThePartitionToo(t *testing.T) {
	c := fresh(t, server)
	c.URL, c.AdminURL = c.AdminURL, ""
	open(t, c).Close()
	own, err := pgx.ParseConfig(c.URL)
	require.NoError(t, err)
	admin(t, server, database(t, c), `GRANT ALL ON kai.records_whole TO `+own.User)
	db := open(t, c)
	i := intrude(t, c, seal(db.key, "alice"))
	i.refused(`SELECT FROM kai.records_whole`)
	i.refused(`INSERT INTO kai.records_whole (owner, kind, id, seq, version, deleted) VALUES (1, 'run', 'x', 99, '', true)`)
	require.NoError(t, owned(t, db, "alice").LoadBulk(context.Background(), []record.Record{note(1, "still comes by COPY")}))
}

func TestStoresOfTwoOwnersShareNothing(t *testing.T) {
	ctx, db := context.Background(), open(t, fresh(t, server))
	alice, bob := owned(t, db, "alice"), owned(t, db, "bob")
	put(t, bob, note(1, "secret word"), note(2, "secret word"))
	held, err := alice.Get(ctx, note(1, "").Key())
	require.NoError(t, err)
	assert.Empty(t, held[0].Version)
	hits, err := alice.SearchText(ctx, store.TextQuery{Kind: record.KindMessage, Words: "secret"})
	require.NoError(t, err)
	assert.Empty(t, hits)
	usage, err := alice.Measure(ctx)
	require.NoError(t, err)
	assert.Equal(t, store.Usage{Backend: "postgres", Durable: true, Records: map[record.Kind]int64{}}, usage)

	res, err := alice.Apply(ctx, store.PutIf(note(1, "mine"), ""))
	require.NoError(t, err)
	assert.EqualValues(t, 1, res.Seq, "each owner's feed counts for itself")
	again, err := owned(t, db, "bob").Changes(ctx, 0, 0)
	require.NoError(t, err)
	assert.Equal(t, []record.Record{note(1, "secret word"), note(2, "secret word")}, again.Records)
}

func TestNamesOfOwners(t *testing.T) {
	db := open(t, fresh(t, server))
	seen := map[int64]string{}
	for _, name := range []string{"a", "A", " a", "a ", "ä", "a\u0308", "'; drop table kai.records; --", "好", strings.Repeat("x", maxOwner)} {
		s := owned(t, db, name)
		assert.Empty(t, seen[s.no], "%q is not %q", name, seen[s.no])
		seen[s.no] = name
	}
	for _, name := range []string{"", "a\x00", "\xff", strings.Repeat("x", maxOwner+1)} {
		_, err := db.Store(context.Background(), name)
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "%q", name)
	}
}

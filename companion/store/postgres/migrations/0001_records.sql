-- Owners are the people whose records lie here; a session works for one of them. seq numbers the owner's change feed: a
-- writer holds this row's lock from its first statement to its commit. So one writer of an owner commits after the other,
-- numbers become visible in the order in which they were given out, and those of a write taken back are given out again.
-- A SEQUENCE would give out numbers outside of transactions: a follower could see 8 while 7 is still to be committed.
CREATE TABLE kai.owners (
  no      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name    text COLLATE "C" NOT NULL UNIQUE,
  seq     bigint NOT NULL DEFAULT 0,
  news    uuid NOT NULL DEFAULT gen_random_uuid(), -- names the owner in notifications, which anybody may listen to
  derived text NOT NULL DEFAULT ''                 -- the schema that keys and words were computed with, as JSON
);

-- One row per record, in its newest state; its number is its place in the feed. The body is text, not jsonb, which would
-- change numbers and refuse \u0000. key1 to key3 are the record's keys in the declared indexes, by position; words are the
-- folded words of its text (store.Fold), each after a blank.
CREATE TABLE kai.records (
  owner   bigint NOT NULL,
  kind    text COLLATE "C" NOT NULL,
  id      text COLLATE "C" NOT NULL,
  seq     bigint NOT NULL,
  version text COLLATE "C" NOT NULL,
  deleted boolean NOT NULL,
  body    text COLLATE "C",
  words   text COLLATE "C",
  key1    text COLLATE "C",
  key2    text COLLATE "C",
  key3    text COLLATE "C",
  PRIMARY KEY (owner, kind, id)
) WITH (toast_tuple_target = 8160); -- bodies of some kilobytes stay in their row as they are: compressing them costs most of a write

CREATE UNIQUE INDEX records_seq ON kai.records (owner, seq);
CREATE INDEX records_key1 ON kai.records (owner, kind, key1, id) WHERE key1 IS NOT NULL;
CREATE INDEX records_key2 ON kai.records (owner, kind, key2, id) WHERE key2 IS NOT NULL;
CREATE INDEX records_key3 ON kai.records (owner, kind, key3, id) WHERE key3 IS NOT NULL;

-- The key that seals whom a session works for. The role that kAI works as does not see it, so that SQL smuggled in through
-- that role cannot say that it works for somebody else.
CREATE TABLE kai.secrets (key bytea NOT NULL);
INSERT INTO kai.secrets
  SELECT sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'));

-- The owner that the session works for: kai.owner holds a seal of 64 hexadecimal digits and the name in hexadecimal. Without
-- a valid one the answer is NULL, which no row matches.
CREATE FUNCTION kai.owner_name() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  sealed text := current_setting('kai.owner', true);
  secret bytea;
  plain  bytea;
BEGIN
  IF sealed IS NULL OR sealed !~ '^([0-9a-f]{2}){33,}$' THEN
    RETURN NULL;
  END IF;
  SELECT s.key INTO STRICT secret FROM kai.secrets s;
  plain := decode(substr(sealed, 65), 'hex');
  IF sha256(secret || sha256(secret || plain)) <> decode(left(sealed, 64), 'hex') THEN
    RETURN NULL;
  END IF;
  RETURN convert_from(plain, 'UTF8');
END
$$;
REVOKE ALL ON FUNCTION kai.owner_name() FROM PUBLIC;

-- FORCE holds the tables' own owner to the policies too, where kAI has one role for everything.
ALTER TABLE kai.owners ENABLE ROW LEVEL SECURITY;
ALTER TABLE kai.owners FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON kai.owners USING (name = (SELECT kai.owner_name()));

ALTER TABLE kai.records ENABLE ROW LEVEL SECURITY;
ALTER TABLE kai.records FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON kai.records USING (owner = (SELECT o.no FROM kai.owners o)); -- which shows one row, by its own policy

-- PostgreSQL refuses COPY into a table with row level security, and COPY is how many records come fast. So the rows lie in
-- a partition, the only one, which has no such security: kai.records is what everybody reads and writes, with the policies
-- as before. To the partition the role that kAI works as may add rows by naming it, and nothing else, and of whom they are
-- is not its to say: see the default below. Nobody could read from a refusal there what others have.
DROP POLICY own ON kai.records;
DROP POLICY forget ON kai.records;
ALTER TABLE kai.records NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;

ALTER TABLE kai.records RENAME TO records_whole;
ALTER INDEX kai.records_pkey RENAME TO records_whole_pkey;
ALTER INDEX kai.records_seq RENAME TO records_whole_seq;
ALTER INDEX kai.records_key1 RENAME TO records_whole_key1;
ALTER INDEX kai.records_key2 RENAME TO records_whole_key2;
ALTER INDEX kai.records_key3 RENAME TO records_whole_key3;

CREATE TABLE kai.records (LIKE kai.records_whole, PRIMARY KEY (owner, kind, id)) PARTITION BY RANGE (owner);
CREATE UNIQUE INDEX records_seq ON kai.records (owner, seq);
CREATE INDEX records_key1 ON kai.records (owner, kind, key1, id) WHERE key1 IS NOT NULL;
CREATE INDEX records_key2 ON kai.records (owner, kind, key2, id) WHERE key2 IS NOT NULL;
CREATE INDEX records_key3 ON kai.records (owner, kind, key3, id) WHERE key3 IS NOT NULL;

ALTER TABLE kai.records ENABLE ROW LEVEL SECURITY;
ALTER TABLE kai.records FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON kai.records USING (owner = (SELECT o.no FROM kai.owners o));
CREATE POLICY forget ON kai.records AS RESTRICTIVE FOR DELETE USING (deleted);

-- Nothing is copied or read for this: that owner is never null is all that the partition's bounds ask.
ALTER TABLE kai.records ATTACH PARTITION kai.records_whole FOR VALUES FROM (MINVALUE) TO (MAXVALUE);

-- The number of the owner that the session works for; NULL without a valid seal. It is called immutable so that a COPY asks
-- once and not for each row. What a plan kept longer than its session's owner does is what a kept seal does as well.
CREATE FUNCTION kai.owner_no() RETURNS bigint
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT o.no FROM kai.owners o WHERE o.name = kai.owner_name());
END
$$;
REVOKE ALL ON FUNCTION kai.owner_no() FROM PUBLIC;
ALTER TABLE kai.records_whole ALTER COLUMN owner SET DEFAULT kai.owner_no();

-- What roles might do with the table holds for the partition no more, its owner included.
DO $$
DECLARE
  role text;
BEGIN
  FOR role IN
    SELECT DISTINCT CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END FROM (
      SELECT a.grantee FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a WHERE c.oid = 'kai.records_whole'::regclass
      UNION SELECT a.grantee FROM pg_attribute c, aclexplode(c.attacl) a WHERE c.attrelid = 'kai.records_whole'::regclass
    ) e
  LOOP
    EXECUTE 'REVOKE ALL ON kai.records_whole FROM ' || role || ' CASCADE';
  END LOOP;
END
$$;

-- One row per record, in the order of the change feed. A write replaces its row under the next number, so the feed is
-- the table itself. key1 to key3 are the record's keys in the declared indexes, by position.
CREATE TABLE records (
  seq     INTEGER PRIMARY KEY,
  kind    TEXT NOT NULL,
  id      TEXT NOT NULL,
  version TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  body    TEXT,
  key1    TEXT,
  key2    TEXT,
  key3    TEXT,
  UNIQUE (kind, id)
) STRICT;

CREATE INDEX records_key1 ON records (kind, key1, id) WHERE key1 IS NOT NULL;
CREATE INDEX records_key2 ON records (kind, key2, id) WHERE key2 IS NOT NULL;
CREATE INDEX records_key3 ON records (kind, key3, id) WHERE key3 IS NOT NULL;

-- Words arrive folded and separated by blanks (store.Fold), so that search means the same in every backend. The text
-- itself is in the record; positions of words are never asked for.
CREATE VIRTUAL TABLE texts USING fts5 (words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');

-- What the rows were derived with: the schema as JSON.
CREATE TABLE facts (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

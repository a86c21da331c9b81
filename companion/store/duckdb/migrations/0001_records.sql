-- One row per record, in the order of the change feed. A write takes the old row out and appends one under the next
-- number, so the feed is the table itself, and DuckDB's own bounds of each block of rows serve as the index: numbers and
-- ids only grow. There are no indexes of ours: a table that has one never gets the room of its old rows back.
CREATE TABLE records (
  seq     UBIGINT NOT NULL,
  kind    VARCHAR NOT NULL,
  id      VARCHAR NOT NULL,
  version VARCHAR NOT NULL,
  deleted BOOLEAN NOT NULL,
  body    VARCHAR USING COMPRESSION uncompressed, -- else one record read means thousands unpacked
  key1    VARCHAR, -- the record's keys in the declared indexes, by position
  key2    VARCHAR,
  key3    VARCHAR,
  words   VARCHAR USING COMPRESSION uncompressed -- folded, each with a blank before it (store.Fold), so that search means the same in every backend
);

-- Only what is deleted already may be taken out: what the role that kAI works as can do by mistake ends there.
CREATE POLICY forget ON kai.records AS RESTRICTIVE FOR DELETE USING (deleted);

-- Blobs are an owner's, as records are; name is the SHA-256 of the content. Each put is told apart by an upload, under which
-- its parts lie: one that goes on shows nothing, and one that replaces another does so at once.
CREATE TABLE kai.blobs (
  owner  bigint NOT NULL,
  name   bytea NOT NULL,
  upload uuid NOT NULL,
  size   bigint NOT NULL,
  put    timestamptz NOT NULL, -- by the clock of the kai that put it, which asks for ages by its own
  PRIMARY KEY (owner, name)
);

-- A part of a blob's bytes, from a place on. They are not compressed: pictures and documents are already.
CREATE TABLE kai.blob_parts (
  owner  bigint NOT NULL,
  upload uuid NOT NULL,
  place  bigint NOT NULL,
  bytes  bytea NOT NULL,
  PRIMARY KEY (owner, upload, place)
);
ALTER TABLE kai.blob_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;

ALTER TABLE kai.blobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE kai.blobs FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON kai.blobs USING (owner = (SELECT o.no FROM kai.owners o));

ALTER TABLE kai.blob_parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE kai.blob_parts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON kai.blob_parts USING (owner = (SELECT o.no FROM kai.owners o));

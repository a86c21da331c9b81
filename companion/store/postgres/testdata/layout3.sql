


SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;


CREATE SCHEMA kai;



CREATE FUNCTION kai.owner_name() RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
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
$_$;



CREATE FUNCTION kai.owner_no() RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  RETURN (SELECT o.no FROM kai.owners o WHERE o.name = kai.owner_name());
END
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;


CREATE TABLE kai.blob_parts (
    owner bigint NOT NULL,
    upload uuid NOT NULL,
    place bigint NOT NULL,
    bytes bytea NOT NULL
);
ALTER TABLE ONLY kai.blob_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;

ALTER TABLE ONLY kai.blob_parts FORCE ROW LEVEL SECURITY;



CREATE TABLE kai.blobs (
    owner bigint NOT NULL,
    name bytea NOT NULL,
    upload uuid NOT NULL,
    size bigint NOT NULL,
    put timestamp with time zone NOT NULL
);

ALTER TABLE ONLY kai.blobs FORCE ROW LEVEL SECURITY;



CREATE TABLE kai.migrations (
    number integer NOT NULL,
    done timestamp with time zone DEFAULT now() NOT NULL
);



CREATE TABLE kai.owners (
    no bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    seq bigint DEFAULT 0 NOT NULL,
    news uuid DEFAULT gen_random_uuid() NOT NULL,
    derived text DEFAULT ''::text NOT NULL
);

ALTER TABLE ONLY kai.owners FORCE ROW LEVEL SECURITY;



ALTER TABLE kai.owners ALTER COLUMN no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME kai.owners_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);



CREATE TABLE kai.records (
    owner bigint NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    version text NOT NULL COLLATE pg_catalog."C",
    deleted boolean NOT NULL,
    body text COLLATE pg_catalog."C",
    words text COLLATE pg_catalog."C",
    key1 text COLLATE pg_catalog."C",
    key2 text COLLATE pg_catalog."C",
    key3 text COLLATE pg_catalog."C"
)
PARTITION BY RANGE (owner);

ALTER TABLE ONLY kai.records FORCE ROW LEVEL SECURITY;



CREATE TABLE kai.records_whole (
    owner bigint DEFAULT kai.owner_no() NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    version text NOT NULL COLLATE pg_catalog."C",
    deleted boolean NOT NULL,
    body text COLLATE pg_catalog."C",
    words text COLLATE pg_catalog."C",
    key1 text COLLATE pg_catalog."C",
    key2 text COLLATE pg_catalog."C",
    key3 text COLLATE pg_catalog."C"
)
WITH (toast_tuple_target='8160');



CREATE TABLE kai.secrets (
    key bytea NOT NULL
);



ALTER TABLE ONLY kai.records ATTACH PARTITION kai.records_whole FOR VALUES FROM (MINVALUE) TO (MAXVALUE);









INSERT INTO kai.migrations VALUES (1, '2026-11-27 20:00:46.186291+00');
INSERT INTO kai.migrations VALUES (2, '2026-11-27 20:00:46.186291+00');
INSERT INTO kai.migrations VALUES (3, '2026-11-27 20:00:46.186291+00');



INSERT INTO kai.owners OVERRIDING SYSTEM VALUE VALUES (1, 'fixture', 9, '87c4a043-c927-4581-acb5-7ac80728bc56', '{"version":3,"kinds":[{"kind":"conversation","indexes":["updated","pinned","shelf"],"text":["title"]},{"kind":"message","indexes":["conversation"],"text":["text"],"packed":true},{"kind":"run","indexes":["conversation","state"]},{"kind":"service"},{"kind":"setting"},{"kind":"replica"},{"kind":"conflict","indexes":["conversation"]},{"kind":"folder"},{"kind":"prompt"},{"kind":"persona"},{"kind":"image","text":["prompt"]},{"kind":"document","indexes":["collection"],"text":["title"]},{"kind":"passage","indexes":["document"],"text":["text"],"packed":true},{"kind":"vector","indexes":["document"],"packed":true}]}');



INSERT INTO kai.records_whole VALUES (1, 'message', 'm2', 1, '000000000002-0000-test', false, '{"conversation":"c1","text":"你好 שלום 😀 Ærøskøbing"}', ' 你 好 שלום aeroskobing', 'c1', NULL, NULL);
INSERT INTO kai.records_whole VALUES (1, 'message', 'm3', 2, '000000000003-0000-test', false, '{"conversation":"c2","text":"a pear"}', ' a pear', 'c2', NULL, NULL);
INSERT INTO kai.records_whole VALUES (1, 'message', 'm4', 3, '000000000004-0000-test', true, NULL, NULL, NULL, NULL, NULL);
INSERT INTO kai.records_whole VALUES (1, 'conversation', 'c1', 4, '000000000005-0000-test', false, '{"title":"fruit","updated":"2024"}', ' fruit', '2024', NULL, NULL);
INSERT INTO kai.records_whole VALUES (1, 'run', 'r1', 5, '000000000006-0000-test', false, '{"conversation":"c1","state":"done"}', NULL, 'c1', 'done', NULL);
INSERT INTO kai.records_whole VALUES (1, 'service', 's1', 6, '000000000007-0000-test', false, '{"big":12345678901234567890,"exact":0.10000000000000001}', NULL, NULL, NULL, NULL);
INSERT INTO kai.records_whole VALUES (1, 'setting', 'theme', 7, '000000000008-0000-test', false, '{"nul":"a\u0000b"}', NULL, NULL, NULL, NULL);
INSERT INTO kai.records_whole VALUES (1, 'message', 'm1', 9, '000000000009-0000-test', false, '{"conversation":"c1","text":"an apple, rewritten"}', ' an apple rewritten', 'c1', NULL, NULL);



INSERT INTO kai.secrets VALUES ('\x6ff74f5aa52d0bacabfdd4552658ecd78dc4f555ec88c1adbb443b90cd80280b');



SELECT pg_catalog.setval('kai.owners_no_seq', 1, true);



ALTER TABLE ONLY kai.blob_parts
    ADD CONSTRAINT blob_parts_pkey PRIMARY KEY (owner, upload, place);



ALTER TABLE ONLY kai.blobs
    ADD CONSTRAINT blobs_pkey PRIMARY KEY (owner, name);



ALTER TABLE ONLY kai.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (number);



ALTER TABLE ONLY kai.owners
    ADD CONSTRAINT owners_name_key UNIQUE (name);



ALTER TABLE ONLY kai.owners
    ADD CONSTRAINT owners_pkey PRIMARY KEY (no);



ALTER TABLE ONLY kai.records
    ADD CONSTRAINT records_pkey PRIMARY KEY (owner, kind, id);



ALTER TABLE ONLY kai.records_whole
    ADD CONSTRAINT records_whole_pkey PRIMARY KEY (owner, kind, id);



CREATE INDEX records_key1 ON ONLY kai.records USING btree (owner, kind, key1, id) WHERE (key1 IS NOT NULL);



CREATE INDEX records_key2 ON ONLY kai.records USING btree (owner, kind, key2, id) WHERE (key2 IS NOT NULL);



CREATE INDEX records_key3 ON ONLY kai.records USING btree (owner, kind, key3, id) WHERE (key3 IS NOT NULL);



CREATE UNIQUE INDEX records_seq ON ONLY kai.records USING btree (owner, seq);



CREATE INDEX records_whole_key1 ON kai.records_whole USING btree (owner, kind, key1, id) WHERE (key1 IS NOT NULL);



CREATE INDEX records_whole_key2 ON kai.records_whole USING btree (owner, kind, key2, id) WHERE (key2 IS NOT NULL);



CREATE INDEX records_whole_key3 ON kai.records_whole USING btree (owner, kind, key3, id) WHERE (key3 IS NOT NULL);



CREATE UNIQUE INDEX records_whole_seq ON kai.records_whole USING btree (owner, seq);



ALTER INDEX kai.records_key1 ATTACH PARTITION kai.records_whole_key1;



ALTER INDEX kai.records_key2 ATTACH PARTITION kai.records_whole_key2;



ALTER INDEX kai.records_key3 ATTACH PARTITION kai.records_whole_key3;



ALTER INDEX kai.records_pkey ATTACH PARTITION kai.records_whole_pkey;



ALTER INDEX kai.records_seq ATTACH PARTITION kai.records_whole_seq;



ALTER TABLE kai.blob_parts ENABLE ROW LEVEL SECURITY;


ALTER TABLE kai.blobs ENABLE ROW LEVEL SECURITY;


CREATE POLICY forget ON kai.records AS RESTRICTIVE FOR DELETE USING (deleted);



CREATE POLICY own ON kai.blob_parts USING ((owner = ( SELECT o.no
   FROM kai.owners o)));



CREATE POLICY own ON kai.blobs USING ((owner = ( SELECT o.no
   FROM kai.owners o)));



CREATE POLICY own ON kai.owners USING ((name = ( SELECT kai.owner_name() AS owner_name)));



CREATE POLICY own ON kai.records USING ((owner = ( SELECT o.no
   FROM kai.owners o)));



ALTER TABLE kai.owners ENABLE ROW LEVEL SECURITY;


ALTER TABLE kai.records ENABLE ROW LEVEL SECURITY;




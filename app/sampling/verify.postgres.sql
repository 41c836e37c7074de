-- Postgres (15 or later, no extension): reads an unpacked audit bundle; then run verify.sql.
--
--     psql -f verify.postgres.sql -f verify.sql          in the bundle's folder
--
-- From elsewhere, or for one part of a campaign:
--     psql -v bundle=FOLDER ...        the folder of commitment.json; default: this one
--     psql -v part=1-food ...          the name of its folder in parts/; default: none
-- Any database in UTF-8 will do; the schema openlot_check is made anew in it.

SET client_min_messages = warning;
DROP SCHEMA IF EXISTS openlot_check CASCADE;
CREATE SCHEMA openlot_check;
SET search_path = openlot_check;

-- What verify.sql needs and the engines spell differently.
CREATE FUNCTION digest(bytea) RETURNS text STABLE LANGUAGE sql
AS $$ SELECT encode(sha256($1), 'hex') $$;
CREATE FUNCTION sha(text) RETURNS text STABLE LANGUAGE sql
AS $$ SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex') $$;
CREATE FUNCTION unhex(text) RETURNS bytea STABLE LANGUAGE sql
AS $$ SELECT decode($1, 'hex') $$;
CREATE FUNCTION leaf(text) RETURNS text STABLE LANGUAGE sql
AS $$ SELECT encode(sha256('\x00'::bytea || convert_to($1, 'UTF8')), 'hex') $$;
CREATE FUNCTION node(text, text) RETURNS text STABLE LANGUAGE sql
AS $$ SELECT encode(sha256('\x01'::bytea || decode($1 || $2, 'hex')), 'hex') $$;
CREATE FUNCTION items(json) RETURNS json[] STABLE LANGUAGE sql
AS $$
  SELECT ARRAY(
    SELECT item
    FROM json_array_elements(CASE WHEN json_typeof($1) = 'array' THEN $1 ELSE '[]' END)
      WITH ORDINALITY AS piece (item, place)
    ORDER BY place
  )
$$;
CREATE FUNCTION whole(text) RETURNS numeric STABLE LANGUAGE sql
AS $$ SELECT CASE WHEN $1 ~ '^[0-9]{1,27}$' THEN CAST($1 AS numeric) END $$;
CREATE FUNCTION quotient(numeric, numeric) RETURNS numeric STABLE LANGUAGE sql
AS $$ SELECT div($1, nullif($2, 0)) $$;
-- Bytes that are no UTF-8, and text that is no JSON, are judged by the checks: no error here.
CREATE FUNCTION utf8(bytea) RETURNS text STABLE LANGUAGE plpgsql
AS $$
BEGIN
  RETURN convert_from($1, 'UTF8');
EXCEPTION WHEN OTHERS THEN
  RETURN encode($1, 'escape');
END
$$;
CREATE FUNCTION parsed(text) RETURNS json STABLE LANGUAGE plpgsql
AS $$
BEGIN
  RETURN CAST($1 AS json);
EXCEPTION WHEN OTHERS THEN
  RETURN '{}';
END
$$;

CREATE TABLE chosen (part text);
CREATE TABLE file (name text, data bytea);

-- LOADING with psql: each file is sent from this computer as bytes (a large object, removed again
-- at once); the server opens no file. Any other client stops reading here and fills both tables:
--     INSERT INTO chosen VALUES ('');   INSERT INTO file VALUES ('frame.tsv', BYTES);   ...
\set ON_ERROR_STOP on
\if :{?bundle}
\else
\set bundle .
\endif
\if :{?part}
\else
\set part ''
\endif
INSERT INTO chosen VALUES (:'part');
SELECT CASE WHEN :'part' = '' THEN '' ELSE '/parts/' || :'part' END AS inner \gset
\set path :bundle '/commitment.json'
\lo_import :path
\set object :LASTOID
INSERT INTO file VALUES ('commitment.json', lo_get(:object));
\lo_unlink :object
\set path :bundle '/seed.txt'
\lo_import :path
\set object :LASTOID
INSERT INTO file VALUES ('seed.txt', lo_get(:object));
\lo_unlink :object
\set path :bundle :inner '/frame.tsv'
\lo_import :path
\set object :LASTOID
INSERT INTO file VALUES ('frame.tsv', lo_get(:object));
\lo_unlink :object
\set path :bundle :inner '/selected.tsv'
\lo_import :path
\set object :LASTOID
INSERT INTO file VALUES ('selected.tsv', lo_get(:object));
\lo_unlink :object
\set path :bundle :inner '/reserves.tsv'
\lo_import :path
\set object :LASTOID
INSERT INTO file VALUES ('reserves.tsv', lo_get(:object));
\lo_unlink :object
\set path :bundle :inner '/result.json'
\lo_import :path
\set object :LASTOID
INSERT INTO file VALUES ('result.json', lo_get(:object));
\lo_unlink :object

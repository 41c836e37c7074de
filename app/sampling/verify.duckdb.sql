-- DuckDB (2.0 or later): reads the files of an unpacked audit bundle; then run verify.sql.
--
--     cat verify.duckdb.sql verify.sql | duckdb          in the bundle's folder
--
-- From elsewhere, or for one part of a campaign, set first (with `duckdb -cmd "SET ..."`):
--     SET VARIABLE bundle = 'FOLDER';       the folder of commitment.json; default: this one
--     SET VARIABLE part = '1-food';         the name of its folder in parts/; default: none
-- In Python: duckdb.execute(TEXT OF THIS FILE), then duckdb.execute(TEXT OF verify.sql).fetchall().
-- Files are read as bytes: no CSV reader takes part, nothing is guessed.

DROP SCHEMA IF EXISTS openlot_check CASCADE;
CREATE SCHEMA openlot_check;
USE openlot_check;

-- What verify.sql needs and the engines spell differently.
CREATE MACRO digest(data) AS sha256(data);
CREATE MACRO sha(body) AS sha256(body);
CREATE MACRO utf8(data) AS coalesce(TRY(decode(data)), CAST(data AS VARCHAR));
CREATE MACRO leaf(body) AS sha256('\x00'::BLOB || encode(body));
CREATE MACRO node(l, r) AS sha256('\x01'::BLOB || unhex(l || r));
CREATE MACRO parsed(body) AS
  CASE WHEN json_valid(body) THEN CAST(body AS JSON) ELSE CAST('{}' AS JSON) END;
CREATE MACRO items(value) AS
  CASE WHEN json_type(value) = 'ARRAY' THEN json_extract(value, '$[*]') ELSE [] END;
CREATE MACRO whole(digits) AS
  CASE WHEN digits ~ '^[0-9]{1,27}$' THEN TRY_CAST(digits AS HUGEINT) END;
CREATE MACRO quotient(a, b) AS a // nullif(b, 0);

CREATE TABLE chosen AS SELECT coalesce(getvariable('part'), '') AS part;
SET VARIABLE head = coalesce(getvariable('bundle'), '.') || '/';
SET VARIABLE body = getvariable('head')
  || coalesce('parts/' || nullif(getvariable('part'), '') || '/', '');
CREATE TABLE file (name VARCHAR, data BLOB);
INSERT INTO file
SELECT 'commitment.json', content FROM read_blob(getvariable('head') || 'commitment.json');
INSERT INTO file
SELECT 'seed.txt', content FROM read_blob(getvariable('head') || 'seed.txt');
INSERT INTO file
SELECT 'frame.tsv', content FROM read_blob(getvariable('body') || 'frame.tsv');
INSERT INTO file
SELECT 'selected.tsv', content FROM read_blob(getvariable('body') || 'selected.tsv');
INSERT INTO file
SELECT 'reserves.tsv', content FROM read_blob(getvariable('body') || 'reserves.tsv');
INSERT INTO file
SELECT 'result.json', content FROM read_blob(getvariable('body') || 'result.json');

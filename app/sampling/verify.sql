-- Recomputes the target draw of an OpenLot audit bundle (openlot/1) in plain SQL.
-- 用 SQL 重算一次抽取：不依赖 Python，不依赖网页。
--
-- Run verify.duckdb.sql or verify.postgres.sql first: it reads the files. The answer has one row a
-- check: its name, ok, and the first difference; the last row is the verdict. ok is empty where
-- nothing was checked. Every digest is recomputed; none is believed. Sections are those of
-- draw-spec.md. SM3 and inspector draws cannot be computed here and are refused: use verify.py.
-- 每行一项核对：名称、是否相符、首个差异；末行为结论。ok 为空表示未核对。SM3 与人员抽取不在此列。

-- 1 Files as text and lines. '<end>' marks the end, so that a lost last LF is seen.
CREATE TABLE body AS
SELECT name, utf8(data) AS body, digest(data) AS sha256 FROM file;

CREATE TABLE line AS
SELECT name, CAST(generate_subscripts(pieces, 1) AS bigint) AS n, unnest(pieces) AS line
FROM (
  SELECT name, string_to_array(body || '<end>', chr(10)) AS pieces FROM body
) AS split;

-- 3 The commitment, the part of it that is drawn here (itself, unless a campaign), the result.
CREATE TABLE document AS
SELECT commitment, result, CASE WHEN part = '' THEN commitment ELSE (
    SELECT piece.item
    FROM unnest(items(commitment -> 'parts')) WITH ORDINALITY AS piece (item, n)
    WHERE CAST(piece.n AS text) = split_part(part, '-', 1)
      AND (piece.item ->> 'name') = substr(part, strpos(part, '-') + 1)
  ) END AS part
FROM (
  SELECT
    (SELECT parsed(body) FROM body WHERE name = 'commitment.json') AS commitment,
    (SELECT parsed(body) FROM body WHERE name = 'result.json') AS result,
    (SELECT part FROM chosen) AS part
) AS read;

-- 4, 5 Seed and keys.
CREATE TABLE head AS
SELECT cd, seed, sealed,
  sha(key_text || 'target' || chr(10) || scope || chr(10)) AS key,
  key_text || 'round' || chr(10) || scope || '/' AS round_text,
  key_text || 'round-start' || chr(10) || scope || '/' AS start_text
FROM (
  SELECT read.*, 'openlot/1/key' || chr(10) || seed || chr(10) AS key_text
  FROM (
    SELECT
      (SELECT sha256 FROM body WHERE name = 'commitment.json') AS cd,
      (SELECT sha256 FROM body WHERE name = 'seed.txt') AS seed,
      (commitment ->> 'scope') AS scope,
      coalesce((part -> 'frame' ->> 'sealed') = 'true', false) AS sealed
    FROM document
  ) AS read
) AS keyed;

-- 2 The frame and its Merkle root (RFC 6962: the odd last node of a level goes up as it is).
CREATE TABLE frame AS
SELECT n, line, split_part(line, chr(9), 1) AS object_id, split_part(line, chr(9), 2) AS stratum,
  split_part(line, chr(9), 3) AS salt
FROM line
WHERE name = 'frame.tsv' AND line <> '<end>';

CREATE TABLE root AS
WITH RECURSIVE tree AS (
  SELECT 0 AS level, n - 1 AS place, leaf(CASE
      WHEN sealed THEN object_id || chr(9) || sha(substr(line, strpos(line, chr(9)) + 1))
      ELSE line
    END) AS hash
  FROM frame CROSS JOIN head
  UNION ALL
  SELECT level + 1, CAST(quotient(place, 2) AS bigint),
    CASE WHEN neighbour IS NULL THEN hash ELSE node(hash, neighbour) END
  FROM (
    SELECT level, place, hash, lead(hash) OVER (ORDER BY place) AS neighbour,
      count(*) OVER () AS width
    FROM tree
  ) AS row_of_nodes
  WHERE width > 1 AND place % 2 = 0
)
SELECT hash FROM tree WHERE level = (SELECT max(level) FROM tree)
UNION ALL SELECT sha('') WHERE NOT EXISTS (SELECT 1 FROM frame);

-- 6 The design: one row for each stratum of it; `list` is 0, or the number of its list of cells.
-- JSON is read as text, so that "0.5" and 0.5 differ.
CREATE TABLE rule AS
SELECT list, total, stratum_json, replace(stratum_json, '"', '') AS stratum, rate_json,
  coalesce(rounding, '"ceil"') AS rounding, fixed,
  whole(CASE WHEN strpos(rate, '/') > 0 THEN split_part(rate, '/', 1)
    ELSE replace(rate, '.', '') END) AS p,
  whole(CASE WHEN strpos(rate, '/') > 0 THEN split_part(rate, '/', 2)
    ELSE '1' || repeat('0', length(split_part(rate, '.', 2))) END) AS q
FROM (
  SELECT listed.*, replace(rate_json, '"', '') AS rate
  FROM (
    SELECT
      0 AS list,
      '' AS total,
      CAST(piece.item -> 'stratum' AS text) AS stratum_json,
      CAST(piece.item -> 'rate' AS text) AS rate_json,
      CAST(piece.item -> 'rounding' AS text) AS rounding,
      CAST(piece.item -> 'fixed' AS text) AS fixed
    FROM document
    CROSS JOIN LATERAL unnest(items(part -> 'design' -> 'strata')) AS piece (item)
    UNION ALL
    SELECT CAST(list.n AS integer), (list.item ->> 'total'), CAST(cell.item AS text),
      CAST(list.item -> 'rate' AS text), NULL, NULL
    FROM document
    CROSS JOIN LATERAL unnest(items(part -> 'design' -> 'cells')) WITH ORDINALITY AS list (item, n)
    CROSS JOIN LATERAL unnest(items(list.item -> 'cells')) AS cell (item)
  ) AS listed
) AS written;

CREATE TABLE option AS
SELECT minimum_json, reserves_json, coalesce(whole(minimum_json), whole('0')) AS minimum,
  coalesce(whole(reserves_json), whole('0')) AS reserves
FROM (
  SELECT coalesce(CAST(part -> 'design' -> 'min_per_stratum' AS text), '0') AS minimum_json,
    coalesce(CAST(part -> 'design' -> 'reserves' AS text), '0') AS reserves_json
  FROM document
) AS read;

-- Cells: floor(U*q / 2^256) of every list, U one hex digit after the other from the last, so that
-- 128 bits suffice: floor((A*2^256 + U*q) / (q*2^256)) = floor((A + floor(U*q / 2^256)) / q).
CREATE TABLE start AS
WITH RECURSIVE step AS (
  SELECT DISTINCT list, q, sha(start_text || total || chr(10)) AS u, 64 AS digit,
    whole('0') AS carry
  FROM rule CROSS JOIN head WHERE list > 0 AND q > 0
  UNION ALL
  SELECT list, q, u, digit - 1,
    quotient((strpos('0123456789abcdef', substr(u, digit, 1)) - 1) * q + carry, whole('16'))
  FROM step WHERE digit > 0
)
SELECT list, carry AS start FROM step WHERE digit = 0;

CREATE TABLE sized AS
SELECT rule.*, coalesce(objects, 0) AS objects
FROM rule
LEFT JOIN (SELECT stratum, count(*) AS objects FROM frame GROUP BY stratum) AS size
  ON size.stratum = rule.stratum;

-- n of every stratum.
CREATE TABLE drawn AS
SELECT stratum, coalesce(rate_json, 'null') AS rate_json, objects,
  coalesce(whole(fixed), least(objects, greatest(
    CASE rounding
      WHEN '"ceil"' THEN quotient(objects * p + q - 1, q)
      WHEN '"floor"' THEN quotient(objects * p, q)
      WHEN '"half_up"' THEN quotient(2 * objects * p + q, 2 * q)
    END,
    CASE WHEN objects > 0 AND p > 0 THEN minimum ELSE 0 END
  ))) AS n
FROM sized CROSS JOIN option
WHERE list = 0
UNION ALL
SELECT stratum, rate_json, objects,
  reached - coalesce(lag(reached) OVER (PARTITION BY list ORDER BY place), 0)
FROM (
  SELECT list, place, stratum, rate_json, objects,
    quotient(sum(objects * p) OVER (PARTITION BY list ORDER BY place) + start, q) AS reached
  FROM (
    SELECT sized.*, start.start,
      row_number() OVER (PARTITION BY sized.list ORDER BY
        sha(sha(round_text || total || chr(10)) || stratum) COLLATE "C", stratum COLLATE "C"
      ) AS place
    FROM sized JOIN start ON start.list = sized.list CROSS JOIN head
  ) AS ordered
) AS cumulated;

-- 5 Tickets and ranks of all objects; the order is that of bytes, whatever the database's is.
CREATE TABLE ticket AS
SELECT stratum, object_id, ticket,
  row_number() OVER (PARTITION BY stratum ORDER BY ticket COLLATE "C", object_id COLLATE "C")
    AS rank
FROM (
  SELECT stratum, object_id, sha(key || object_id || CASE WHEN sealed THEN salt ELSE '' END)
    AS ticket
  FROM frame CROSS JOIN head
) AS computed;

-- 6 The lists as they must be, and result.json likewise.
CREATE TABLE ranked AS
SELECT
  CASE WHEN rank <= n THEN 'selected.tsv' ELSE 'reserves.tsv' END AS name,
  ticket.stratum AS stratum, rank, object_id, ticket
FROM ticket
JOIN drawn ON drawn.stratum = ticket.stratum
CROSS JOIN option
WHERE rank <= n + reserves;

CREATE TABLE wanted AS
SELECT name, row_number() OVER (PARTITION BY name ORDER BY stratum COLLATE "C", rank) AS n,
  stratum || chr(9) || CAST(rank AS text) || chr(9) || object_id || chr(9) || ticket AS line
FROM ranked
UNION ALL
SELECT 'published.tsv', row_number() OVER (ORDER BY object_id COLLATE "C"), object_id
FROM ranked WHERE name = 'selected.tsv'
UNION ALL
SELECT 'strata', row_number() OVER (ORDER BY drawn.stratum COLLATE "C"),
  '{"count":' || CAST(objects AS text)
  || ',"drawn":' || CAST(n AS text)
  || ',"first_undrawn":' || coalesce('"' || undrawn.ticket || '"', 'null')
  || ',"last_drawn":' || coalesce('"' || last.ticket || '"', 'null')
  || ',"rate":' || rate_json || ',"stratum":"' || drawn.stratum || '"}'
FROM drawn
LEFT JOIN ticket AS last ON last.stratum = drawn.stratum AND last.rank = n
LEFT JOIN ticket AS undrawn ON undrawn.stratum = drawn.stratum AND undrawn.rank = n + 1;

CREATE TABLE summary AS
SELECT list.name AS name,
  '{"count":' || CAST(count(line) AS text) || ',"sha256":"'
  || sha(coalesce(string_agg(line || chr(10), '' ORDER BY n), '')) || '"}' AS json
FROM (
  SELECT 'selected.tsv' AS name UNION ALL SELECT 'reserves.tsv' UNION ALL SELECT 'published.tsv'
) AS list
LEFT JOIN wanted ON wanted.name = list.name
GROUP BY list.name;

CREATE TABLE result AS
SELECT
  '{"attempt":' || CAST(commitment -> 'attempt' AS text) || ',"cd":"' || cd
  || '","draw_id":' || CAST(commitment -> 'draw_id' AS text) || ',"key":"' || key
  || '","published":' || (SELECT json FROM summary WHERE name = 'published.tsv')
  || ',"reserves":' || (SELECT json FROM summary WHERE name = 'reserves.tsv')
  || ',"seed":"' || seed
  || '","selected":' || (SELECT json FROM summary WHERE name = 'selected.tsv')
  || ',"strata":['
  || coalesce((SELECT string_agg(line, ',' ORDER BY n) FROM wanted WHERE name = 'strata'), '')
  || '],"v":"openlot/1"}' AS json
FROM document CROSS JOIN head;

-- What the bundle says beside what was recomputed; one pair fails where the two differ.
CREATE TABLE pair AS
SELECT 10 AS place, 'seed.txt: line 1' AS name, line AS found, 'openlot/1/seed' AS recomputed
FROM (SELECT max(line) AS line FROM line WHERE name = 'seed.txt' AND n = 1) AS read
UNION ALL SELECT 11, 'seed.txt: line 2 is cd, the SHA-256 of commitment.json', line, cd
FROM (SELECT max(line) AS line FROM line WHERE name = 'seed.txt' AND n = 2) AS read
CROSS JOIN head
UNION ALL SELECT 12, 'seed.txt: one line for each committed source', (
    SELECT string_agg(split_part(line, ':', 1), ' ' ORDER BY n)
    FROM line WHERE name = 'seed.txt' AND n > 2
  ), (
    SELECT string_agg((piece.item ->> 'type'), ' ' ORDER BY n)
    FROM document CROSS JOIN LATERAL unnest(items(commitment -> 'sources'))
      WITH ORDINALITY AS piece (item, n)
  ) || ' <end>'
UNION ALL SELECT 20, 'seed.txt: its SHA-256 is the seed of result.json', (result ->> 'seed'), seed
FROM document CROSS JOIN head
UNION ALL SELECT 21, 'result.json: cd', (result ->> 'cd'), cd FROM document CROSS JOIN head
UNION ALL SELECT 22, 'result.json: key', (result ->> 'key'), key FROM document CROSS JOIN head
UNION ALL SELECT 30, 'frame.tsv: SHA-256 is the committed one',
  (SELECT sha256 FROM body WHERE name = 'frame.tsv'), (part -> 'frame' ->> 'sha256')
FROM document
UNION ALL SELECT 31, 'frame.tsv: count is the committed one', CAST(count(*) AS text),
  (SELECT CAST(part -> 'frame' -> 'count' AS text) FROM document)
FROM frame
UNION ALL SELECT 32, 'frame.tsv: Merkle root is the committed one', hash,
  (part -> 'frame' ->> 'root')
FROM root CROSS JOIN document
UNION ALL SELECT 60, 'result.json: selected', CAST(result -> 'selected' AS text), json
FROM document CROSS JOIN summary WHERE name = 'selected.tsv'
UNION ALL SELECT 61, 'result.json: reserves', CAST(result -> 'reserves' AS text), json
FROM document CROSS JOIN summary WHERE name = 'reserves.tsv'
UNION ALL SELECT 62, 'result.json: published', CAST(result -> 'published' AS text), json
FROM document CROSS JOIN summary WHERE name = 'published.tsv'
UNION ALL SELECT 63, 'result.json: SHA-256 of the whole file',
  (SELECT sha256 FROM body WHERE name = 'result.json'), sha(json)
FROM result;

-- Lists line by line; `base` is the place of the check.
CREATE TABLE difference AS
SELECT base, coalesce(found.n, wanted.n) AS n, found.line AS found, wanted.line AS recomputed
FROM (
  SELECT CASE name WHEN 'selected.tsv' THEN 51 ELSE 52 END AS base, n, line
  FROM line WHERE name IN ('selected.tsv', 'reserves.tsv')
  UNION ALL SELECT 50, piece.n, CAST(piece.item AS text)
  FROM document CROSS JOIN LATERAL unnest(items(result -> 'strata'))
    WITH ORDINALITY AS piece (item, n)
) AS found
FULL JOIN (
  SELECT CASE name WHEN 'strata' THEN 50 WHEN 'selected.tsv' THEN 51 ELSE 52 END AS base, n, line
  FROM wanted WHERE name <> 'published.tsv'
  UNION ALL SELECT 51, count(*) + 1, '<end>' FROM wanted WHERE name = 'selected.tsv'
  UNION ALL SELECT 52, count(*) + 1, '<end>' FROM wanted WHERE name = 'reserves.tsv'
) AS wanted
USING (base, n)
WHERE found.line IS DISTINCT FROM wanted.line;

-- Faults that are no comparison, the first of each place is shown.
CREATE TABLE fault AS
SELECT 13 AS place, n, 'line ' || CAST(n AS text) || ' is not the committed secret' AS text
FROM line
CROSS JOIN document
CROSS JOIN LATERAL unnest(items(commitment -> 'sources')) WITH ORDINALITY AS piece (item, place)
WHERE name = 'seed.txt' AND n = piece.place + 2 AND (piece.item ->> 'type') = 'reveal'
  AND CASE WHEN line ~ '^reveal:[0-9a-f]{64}$'
    THEN digest(unhex(substr(line, 8))) IS DISTINCT FROM (piece.item -> 'params' ->> 'sha256')
    ELSE true
  END
UNION ALL SELECT 33, n, 'line ' || CAST(n AS text) || ' is malformed: ' || line
FROM frame CROSS JOIN head
WHERE length(object_id) > 64 OR length(stratum) > 128 OR NOT CASE WHEN sealed
    THEN length(salt) = 32 AND line ~ '^[0-9A-Za-z._:-]+\t[0-9A-Za-z._:/=-]+\t[0-9a-f]+$'
    ELSE line ~ '^[0-9A-Za-z._:-]+\t[0-9A-Za-z._:/=-]+$'
  END
UNION ALL SELECT 33, n, 'line ' || CAST(n AS text) || ' is malformed: ' || line FROM line
WHERE name = 'frame.tsv' AND line = '<end>'
  AND n <> (SELECT max(n) FROM line WHERE name = 'frame.tsv')
UNION ALL SELECT 34, n, 'line ' || CAST(n AS text) || ' is not above the line before: ' || object_id
FROM (SELECT n, object_id, lag(object_id) OVER (ORDER BY n) AS former FROM frame) AS neighbours
WHERE object_id COLLATE "C" <= former COLLATE "C"
UNION ALL SELECT 40, 0, 'strata or cells are no list' FROM document
WHERE coalesce(CAST(part -> 'design' -> 'strata' AS text), '') NOT LIKE '[%'
  OR NOT coalesce(CAST(part -> 'design' -> 'cells' AS text), 'null') ~ '^(null|\[.*)$'
UNION ALL SELECT 40, 1, 'no name of a stratum: ' || coalesce(stratum_json, 'none') FROM rule
WHERE NOT coalesce(stratum_json ~ '^"[0-9A-Za-z._:/=-]{1,128}"$', false)
UNION ALL SELECT 40, 2, 'named twice: ' || stratum FROM rule GROUP BY stratum HAVING count(*) > 1
UNION ALL SELECT 40, 3, 'no place for the stratum ' || stratum FROM frame
WHERE NOT EXISTS (SELECT 1 FROM rule WHERE rule.stratum = frame.stratum)
UNION ALL SELECT 40, 4, 'no rate from 0 to 1 of at most 27 digits (longer ones: verify.py): '
  || coalesce(rate_json, 'none')
FROM rule
WHERE fixed IS NULL AND NOT coalesce(
  rate_json ~ '^"([0-9]+/[0-9]+|[0-9]+([.][0-9]+)?)"$' AND p <= q AND q > 0, false)
UNION ALL SELECT 40, 5, 'no rounding: ' || rounding FROM rule
WHERE rounding NOT IN ('"ceil"', '"floor"', '"half_up"')
UNION ALL SELECT 40, 6, 'fixed with a rate, or no number: ' || fixed FROM rule
WHERE fixed IS NOT NULL AND (rate_json IS NOT NULL OR NOT fixed ~ '^(0|[1-9][0-9]{0,15})$')
UNION ALL SELECT 40, 7, 'fixed ' || fixed || ' of ' || CAST(objects AS text) || ' in ' || stratum
FROM sized WHERE whole(fixed) > objects
UNION ALL SELECT 40, 8, 'min_per_stratum ' || minimum_json || ', reserves ' || reserves_json
FROM option WHERE NOT minimum_json ~ '^(0|[1-9][0-9]{0,15})$'
  OR NOT reserves_json ~ '^(0|[1-9][0-9]{0,15})$'
UNION ALL SELECT 40, 9, 'total is no text, or twice: ' || coalesce(total, 'none')
FROM (SELECT DISTINCT list, total FROM rule WHERE list > 0) AS totals
GROUP BY total HAVING count(*) > 1 OR total IS NULL;

-- What SQL cannot do is refused, not passed over.
CREATE TABLE refusal AS
SELECT CASE
  WHEN (commitment ->> 'v') IS DISTINCT FROM 'openlot/1'
    THEN 'commitment.json is not of openlot/1'
  WHEN (commitment ->> 'stage') IS DISTINCT FROM 'target'
    THEN 'not a target draw: inspector draws are beyond SQL, use verify.py'
  WHEN (commitment ->> 'alg') IS DISTINCT FROM 'sha256'
    THEN 'alg is not sha256: SQL has no SM3, use verify.py'
  WHEN part IS NULL THEN 'commitment.json has no such part'
  WHEN (part -> 'frame') IS NULL
    THEN 'a campaign: name one of its parts (see how the files are read)'
END AS text
FROM document;

CREATE TABLE finding AS
SELECT place, name, CASE WHEN found IS NULL OR recomputed IS NULL OR found <> recomputed
    THEN 'found ' || coalesce(found, 'nothing')
      || ', should be ' || coalesce(recomputed, 'nothing')
  END AS difference
FROM pair
UNION ALL
SELECT place, name, (
    SELECT coalesce(text, 'malformed') FROM fault
    WHERE fault.place = named.place ORDER BY n, text LIMIT 1
  )
FROM (
  SELECT 13 AS place, 'seed.txt: revealed secrets are the committed ones' AS name
  UNION ALL SELECT 33, 'frame.tsv: form of every line'
  UNION ALL SELECT 34, 'frame.tsv: sorted by bytes, no object twice'
  UNION ALL SELECT 40, 'commitment.json: the design fits the frame'
) AS named
UNION ALL
SELECT place, name, (
    SELECT 'line ' || CAST(n AS text) || ': found ' || coalesce(found, 'nothing')
      || ', recomputed ' || coalesce(recomputed, 'nothing')
    FROM difference WHERE base = place ORDER BY n LIMIT 1
  )
FROM (
  SELECT 50 AS place, 'result.json: strata, counts, cut-offs' AS name
  UNION ALL SELECT 51, 'selected.tsv: every line'
  UNION ALL SELECT 52, 'reserves.tsv: every line'
) AS named;

CREATE TABLE answer AS
SELECT place, name, difference IS NULL AS ok, coalesce(difference, '') AS difference
FROM finding
WHERE (SELECT text FROM refusal) IS NULL
UNION ALL
SELECT 1, 'commitment.json: a target draw of openlot/1 with sha256', text IS NULL,
  coalesce(text, '')
FROM refusal
UNION ALL
SELECT 90, 'not checked here: use verify.py', NULL,
  'excluded.tsv, sources/, log/; dice and beacons; canonical form of JSON'
UNION ALL
SELECT 99, 'VERDICT', faults = 0 AND text IS NULL, CASE
    WHEN text IS NOT NULL THEN 'REFUSED: nothing was recomputed'
    WHEN faults = 0 THEN 'OK: every recomputed step holds'
    ELSE 'NOT OK: ' || CAST(faults AS text) || ' checks failed'
  END
FROM refusal
CROSS JOIN (SELECT count(difference) AS faults FROM finding) AS total;

SELECT name, ok, difference FROM answer ORDER BY place;

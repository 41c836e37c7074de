"""What is told of objects from day to day: credit-risk classes 信用风险分类 (domain D.4), tags, counts,
entries of special directories. Dated records, of which the latest by day and then by import is in
force. All rows of a feed are kept, also those that change nothing, so that a later correction of an
earlier day does not reach past it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.problems import LISTED_FAULTS, Fault
from app.registry import merging
from app.registry.errors import ImportChangedSince, ImportRefused
from app.registry.files.kinds import FileKind
from app.registry.files.run import copy_columns
from app.registry.merging import SAMPLES, SHOWN, Counts
from app.registry.models import ImportMode, RegistryImport
from app.registry.service.checking import Checked
from app.registry.service.imports import Feed

# What is in force on the day of each row, before it.
_COMPARED = """
CREATE TEMP TABLE delta ON COMMIT DROP AS
SELECT DISTINCT ON (s.row) {staged}, {day_of_row} AS day, {former},
    f.object_code IS NOT NULL AS known, false AS vanished
FROM stage s LEFT JOIN openlot.{table} f ON f.department_code = :department AND {same_key}
    AND f.{day} <= {day_of_row}
ORDER BY s.row, f.{day} DESC, f.import_sequence DESC
"""
# What is in force in the parts of which a full feed tells, and which the feed lacks.
_VANISHED = """
INSERT INTO delta
SELECT {key}, {gone}, CAST(:on AS date), {held}, true, true FROM (
    SELECT DISTINCT ON ({stored_key}) {renamed}, {stored_facts} FROM openlot.{table} t
    WHERE department_code = :department AND {day} <= :on
        AND {part} IN (SELECT {part} FROM stage)
    ORDER BY {stored_key}, {day} DESC, import_sequence DESC
) o
WHERE ({held}) IS DISTINCT FROM ({gone})
    AND NOT EXISTS (SELECT FROM stage s WHERE {same_row})
"""
# What was in force on the days of an import without it; `since` where a later import told of that
# day, so that there is nothing left to undo.
_RESTORED = """
CREATE TEMP TABLE delta ON COMMIT DROP AS
SELECT {told}, {restored}, b.{day} AS day, {brought}, true AS known, false AS vanished,
    coalesce(f.{day} = b.{day} AND f.import_sequence > b.import_sequence, false) AS since
FROM openlot.{table} b LEFT JOIN LATERAL (
    SELECT * FROM openlot.{table} o
    WHERE o.department_code = :department AND {same_entry} AND o.{day} <= b.{day}
    AND o.import_id <> b.import_id
    ORDER BY o.{day} DESC, o.import_sequence DESC LIMIT 1
) f ON true
WHERE b.department_code = :department AND b.import_id = :undone
"""
_TALLIED = """
SELECT (SELECT count(*) FROM stage), count(*) FILTER (WHERE NOT known),
count(*) FILTER (WHERE known AND NOT vanished AND ({facts}) IS DISTINCT FROM ({formers})),
count(*) FILTER (WHERE vanished) FROM delta
"""
_MERGED = """
INSERT INTO openlot.{table} ({columns}, import_sequence, import_id, department_code)
SELECT {values}, :sequence, :id, :department FROM delta
"""
_UNKNOWN = """
FROM stage s WHERE NOT EXISTS (SELECT FROM openlot.{table} o
    WHERE o.department_code = :department AND o.code = s.{column})
"""
_FORMER = "former_"


@dataclass(frozen=True, slots=True)
class DatedFacts:
    """A kind of dated records. `key` are the columns that say what a row tells of, `code` being the
    object; `facts` those that it tells, `day` the one from which it holds: that of the feed, unless
    each row of a file has its own. `always` are columns that are the same in all rows of the kind.
    `untold` is what the facts are where nothing was told: without it an import cannot be undone. Of a
    full feed `part` is the column whose values it is full of."""

    file: FileKind
    table: str
    facts: tuple[str, ...]
    key: tuple[str, ...] = ("code",)
    day: str = "valid_from"
    always: Mapping[str, str] = field(default_factory=dict)
    untold: Mapping[str, str] = field(default_factory=dict)
    part: str = ""

    @property
    def _names(self) -> dict[str, str]:
        """What fills the places of the statements."""
        facts, key, stored = self.facts, self.key, [*map(_stored, self.key)]
        always = [f"{{}}.{column} = {value}" for column, value in self.always.items()]
        pairs = list(zip(stored, key, strict=True))
        own_day = self.day in facts
        return {
            "table": self.table,
            "day": self.day,
            "day_of_row": f"s.{self.day}" if own_day else "CAST(:on AS date)",
            "key": ", ".join(key),
            "part": self.part,
            "facts": ", ".join(facts),
            "formers": ", ".join(_FORMER + fact for fact in facts),
            "staged": ", ".join(f"s.{column}" for column in (*key, *facts)),
            "former": ", ".join(f"f.{fact} AS {_FORMER}{fact}" for fact in facts),
            "same_key": " AND ".join(
                [f"f.{a} = s.{b}" for a, b in pairs] + [one.format("f") for one in always]
            ),
            "stored_key": ", ".join(stored),
            "renamed": ", ".join(f"{a} AS {b}" for a, b in pairs),
            "stored_facts": ", ".join(facts),
            "gone": ", ".join(self.untold.get(fact, f"o.{fact}") for fact in facts),
            "held": ", ".join(f"o.{fact}" for fact in facts),
            "same_row": " AND ".join(f"s.{one} = o.{one}" for one in key),
            "told": ", ".join(f"b.{a} AS {b}" for a, b in pairs),
            "restored": ", ".join(
                f"CASE WHEN f.object_code IS NULL THEN {self.untold.get(fact, f'b.{fact}')}"
                f" ELSE f.{fact} END AS {fact}"
                for fact in facts
            ),
            "brought": ", ".join(f"b.{fact} AS {_FORMER}{fact}" for fact in facts),
            "same_entry": " AND ".join(f"o.{one} = b.{one}" for one in stored),
            "columns": ", ".join([*stored, *facts, *self.always, *([] if own_day else [self.day])]),
            "values": ", ".join(
                [*key, *facts, *self.always.values(), *([] if own_day else ["day"])]
            ),
        }

    def statement(self, template: str) -> str:
        return template.format(**self._names)

    def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row as a preview shows it."""
        return {name: row[name] for name in (*self.key, *self.facts)}

    def difference(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The facts that a row changes, before and after."""
        fields = [
            {"name": fact, "before": row[_FORMER + fact], "after": row[fact]}
            for fact in self.facts
            if row[_FORMER + fact] != row[fact]
        ]
        return {"key": " ".join(row[name] for name in self.key).strip(), "fields": fields}


def _stored(column: str) -> str:
    """The column of the table that a column of the stage goes into."""
    return "object_code" if column == "code" else column


CREDIT_CLASSES = DatedFacts(
    FileKind.CREDIT_CLASSES, "credit_class", ("credit_class",), untold={"credit_class": "'U'"}
)
OBJECT_TAGS = DatedFacts(
    FileKind.OBJECT_TAGS, "object_tag", ("tags",), untold={"tags": "CAST('{}' AS text[])"}
)


def _counted(file: FileKind, kind: str) -> DatedFacts:
    facts = ("number", "counted_from", "counted_to")
    return DatedFacts(file, "object_count", facts, day="counted_to", always={"kind": f"'{kind}'"})


OBJECT_COMPLAINTS = _counted(FileKind.OBJECT_COMPLAINTS, "complaint")
OBJECT_LEADS = _counted(FileKind.OBJECT_LEADS, "lead")
SPECIAL_ENTRIES = DatedFacts(
    FileKind.SPECIAL_ENTRIES,
    "special_entry",
    ("licence_name", "licence_issuer", "expires_on", "held"),
    key=("directory_code", "code", "licence_no"),
    untold={"held": "false"},
    part="directory_code",
)


async def stage(session: AsyncSession, dated: DatedFacts, feed: Feed, checked: Checked) -> None:
    """Raises ImportRefused for codes that the directory does not hold, and for special directories
    that were not recorded."""
    await merging.stage_file(session, copy_columns(dated.file), checked.rows)
    faults, count = await _unknown(session, feed.department, "inspected_object", "code", _OBJECT)
    if dated.part:
        more = await _unknown(
            session, feed.department, "special_directory", "directory_code", _DIRECTORY
        )
        faults, count = sorted((*faults, *more[0]), key=_row_of), count + more[1]
    if count:
        raise ImportRefused(faults=faults, fault_count=count, count=count)


_OBJECT = (
    "object-unknown",
    "uscc",
    "名录库中没有该检查对象；请核对代码，或先导入该检查对象",
    "the directory does not hold this object; check the code, or import the object first",
)
_DIRECTORY = (
    "special-directory-unknown",
    "directory_code",
    "没有登记该专项库；请核对代码，或先登记专项库",
    "this special directory was not recorded; check the code, or record it first",
)


async def _unknown(
    session: AsyncSession, department: str, table: str, column: str, told: tuple[str, ...]
) -> tuple[list[Fault], int]:
    """The first staged codes that a table of the department lacks, and how many they are."""
    unknown = _UNKNOWN.format(table=table, column=column)
    values = {"department": department}
    count = await session.scalar(text(f"SELECT count(*) {unknown}"), values) or 0
    if not count:
        return [], 0
    found = await session.execute(
        text(f"SELECT s.row, s.{column} {unknown} ORDER BY s.row LIMIT {LISTED_FAULTS}"), values
    )
    code, shown, zh, en = told
    return [Fault(code, zh, en, row=row, column=shown, value=value) for row, value in found], count


def _row_of(fault: Fault) -> int:
    return fault.row or 0


async def compare(session: AsyncSession, dated: DatedFacts, feed: Feed) -> Counts:
    """Find out what the staged rows would change. Of a full feed, what it lacks has vanished."""
    values = {"department": feed.department, "on": feed.data_date}
    compared = dated.statement(_COMPARED)
    await session.execute(text(compared), _used(compared, values))
    if feed.mode == ImportMode.FULL:
        await session.execute(text(dated.statement(_VANISHED)), values)
    return Counts(*(await session.execute(text(dated.statement(_TALLIED)))).one())


def _used(statement: str, values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if f":{name}" in statement}


async def samples(session: AsyncSession, dated: DatedFacts) -> dict[str, Any]:
    """Some rows of each kind of change as JSON, by what they tell of."""
    names = ", ".join((*dated.key, *dated.facts, *(_FORMER + fact for fact in dated.facts)))
    changes = dated.statement("({facts}) IS DISTINCT FROM ({formers})")

    async def rows(which: str) -> list[dict[str, Any]]:
        some = f"ORDER BY {', '.join(dated.key)} LIMIT {SAMPLES}"
        query = f"SELECT to_jsonb(x) FROM (SELECT {names} FROM delta WHERE {which} {some}) x"
        return list(await session.scalars(text(query)))

    return {
        "added": [*map(dated.shown, await rows("NOT known"))],
        "changed": [*map(dated.difference, await rows(f"known AND NOT vanished AND {changes}"))],
        "unchanged": [*map(dated.shown, await rows(f"known AND NOT vanished AND NOT {changes}"))],
        "vanished": [*map(dated.shown, await rows("vanished"))],
    }


async def merge(session: AsyncSession, dated: DatedFacts, feed: Feed, kept: RegistryImport) -> None:
    """Keep all rows of `delta` with the import."""
    values = {"department": feed.department, "sequence": kept.sequence, "id": kept.id}
    await session.execute(text(dated.statement(_MERGED)), values)


async def restore(
    session: AsyncSession, dated: DatedFacts, feed: Feed, undone: RegistryImport
) -> Counts:
    """Find out what would undo an import. Raises ImportChangedSince if a later import told of the
    same day."""
    values = {"department": feed.department, "undone": undone.id}
    await session.execute(text(dated.statement(_RESTORED)), values)
    count = await session.scalar(text("SELECT count(*) FROM delta WHERE since")) or 0
    if count:
        first = text(f"SELECT code FROM delta WHERE since ORDER BY code LIMIT {SHOWN}")
        raise ImportChangedSince(count=count, shown="、".join(await session.scalars(first)))
    tallied = (
        "SELECT count(*), 0, count(*) FILTER (WHERE ({facts}) IS DISTINCT FROM ({formers})), 0"
    )
    found = await session.execute(text(dated.statement(tallied + " FROM delta")))
    return Counts(*found.one())

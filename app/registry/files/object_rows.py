"""Rows of inspected objects: a quick way for rows in order, and the slow one that says what is
wrong."""

from collections.abc import Iterable, Sequence
from itertools import count

from app.registry.files import cells
from app.registry.files.faults import FileFault
from app.registry.files.kinds import OBJECTS
from app.registry.files.sink import Sink, copied
from app.registry.files.tables import CodeTables
from app.registry.files.uscc import LAST_SUMS, PrefixSums, is_id_number, triple_sums
from app.registry.files.values import OBJECT_CLASSES, OBJECT_STATUSES, OWN_CODE_CLASSES

COPIED = (
    "row",
    "code",
    "name",
    "kind",
    "ent_type",
    "region_code",
    "industry_code",
    "established_on",
    "status",
    "reg_authority",
    "jurisdiction_unit",
    "source",
)
"""The columns of a copied row; empty ones are NULL, a source of NULL is that of the feed."""

Records = Iterable[tuple[str, list[str]]]
"""A row as one text, whose length and characters are looked at, and its fields."""
_TEXTS = ("ent_type", "reg_authority", "jurisdiction_unit", "source")
_MAX_DAYS = 100_000
NULL = "\\N"


class _Days(dict[str, str]):
    """Day -> as it is copied. What is no day is a KeyError."""

    def __missing__(self, day: str) -> str:
        if not cells.is_day(day):
            raise KeyError(day)
        if len(self) >= _MAX_DAYS:
            self.clear()
            self[""] = NULL
        self[day] = day
        return day


class ObjectRows:
    """Checks rows of a file whose header is known. `positions` are the places of the canonical
    columns in a row of `width` fields."""

    def __init__(
        self, positions: dict[str, int], width: int, tables: CodeTables, sink: Sink
    ) -> None:
        self._at = {column: positions.get(column, width) for column in OBJECTS.columns}
        self._width = width
        self._tables = tables
        self._sink = sink
        self._prefixes = PrefixSums()
        self._middles = tuple(triple_sums(place) for place in (8, 11, 14))
        self._days = _Days({"": NULL})
        self._regions = _in_force(tables.regions)
        self._industries = _in_force(tables.industries or cells.INDUSTRIES_BY_FORM) | {"": NULL}
        self._classes = {k: v for k, v in OBJECT_CLASSES.items() if v not in OWN_CODE_CLASSES}

    def check(self, first_row: int, records: Records) -> int:
        """Check rows from `first_row` on; the number of them that hold anything."""
        code_at, name_at, class_at, type_at, region_at, industry_at, day_at, status_at, *rest = (
            self._at[column] for column in OBJECTS.columns
        )
        authority_at, unit_at, source_at = rest
        prefixes, (eighth, eleventh, fourteenth) = self._prefixes, self._middles
        classes, regions, industries = self._classes, self._regions, self._industries
        days, statuses, width = self._days, OBJECT_STATUSES, self._width
        last, null, longest = LAST_SUMS, NULL, cells.MAX_NAME
        add_row, add_key = self._sink.rows.append, self._sink.keys.append
        filled = 0
        for row, (line, f) in zip(count(first_row), records):
            if (
                len(f) == width
                and (len(line) <= longest or max(map(len, f)) <= longest)
                and line.isprintable()
            ):
                f.append("")
                code = f[code_at]
                try:
                    if (
                        f[name_at]
                        and " " not in line
                        and "\\" not in line
                        and "#" not in line
                        and (
                            prefixes[code[:8]]
                            + eighth[code[8:11]]
                            + eleventh[code[11:14]]
                            + fourteenth[code[14:17]]
                            + last[code[17:]]
                        )
                        % 31
                        == 0
                    ):
                        copied_row = (
                            f"{row}\t{code}\t{f[name_at]}\t{classes[f[class_at]]}"
                            f"\t{f[type_at] or null}\t{regions[f[region_at]]}"
                            f"\t{industries[f[industry_at]]}\t{days[f[day_at]]}"
                            f"\t{statuses[f[status_at]]}\t{f[authority_at] or null}"
                            f"\t{f[unit_at] or null}\t{f[source_at] or null}"
                        )
                        add_row(copied_row)
                        add_key(code)
                        filled += 1
                        continue
                except KeyError:
                    pass
                f.pop()
            filled += self._check_one(row, f)
        return filled

    def _check_one(self, row: int, fields: Sequence[str]) -> bool:
        """Check one row cell by cell; whether it holds anything."""
        values = [field.strip() for field in fields]
        if not any(values):
            self._sink.keys.append("")
            return False
        if len(values) != self._width:
            self._sink.tell(cells.wrong_fields(row, values, self._width))
            self._sink.keys.append("")
            return True
        values.append("")
        before = self._sink.faults
        found = self._cells(row, {column: values[at] for column, at in self._at.items()})
        self._sink.keys.append(found[0] or "")
        if self._sink.faults == before:
            self._sink.rows.append("\t".join((str(row), *map(copied, found))))
        return True

    def _cells(self, row: int, value: dict[str, str]) -> tuple[str | None, ...]:
        tell, tables = self._sink.tell, self._tables
        industries = tables.industries or cells.INDUSTRIES_BY_FORM
        kind = OBJECT_CLASSES.get(value["object_class"], "")
        check_code = _own_code if kind in OWN_CODE_CLASSES else cells.code
        found = {
            "code": check_code(row, value["uscc"], tell),
            "name": cells.name(row, value["name"], tell),
            "kind": cells.choice(row, "object_class", value["object_class"], OBJECT_CLASSES, tell),
            "region_code": cells.region(
                row, value["region_code"], tables.regions, tables.names, tell
            ),
            "industry_code": cells.industry(row, value["industry_code"], industries, tell),
            "established_on": cells.day(row, "established", value["established"], tell),
            "status": cells.choice(row, "status", value["status"], OBJECT_STATUSES, tell),
        }
        found |= {column: cells.text(row, column, value[column], tell) for column in _TEXTS}
        return tuple(found[column] for column in COPIED[1:])


def _in_force(codes: cells.Successors | None) -> dict[str, str]:
    """Code -> itself, of those in force; empty if the table is not at hand."""
    return {code: code for code, ended in (codes or {}).items() if ended is None}


def _own_code(row: int, value: str, tell: cells.Tell) -> str | None:
    if cells.broken(row, "uscc", value, tell):
        return None
    if is_id_number(value):
        fault = FileFault("national-id", row, "uscc", value[:6] + "*" * 12)
    elif not value:
        fault = FileFault("code-missing", row, "uscc")
    elif not cells.OWN_CODE.fullmatch(value):
        fault = FileFault("code-of-own-malformed", row, "uscc", value)
    else:
        return value
    tell(fault)
    return None

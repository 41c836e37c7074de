"""The header of a table: which of its columns is which."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.registry.files.faults import Unreadable
from app.registry.files.kinds import Layout

MAX_COLUMNS = 512
_LOOKED_AT = 5


@dataclass(frozen=True, slots=True)
class Header:
    """`positions` are the places of the canonical columns in a row of `width` fields; other
    columns of the file are not read."""

    names: tuple[str, ...]
    positions: dict[str, int]

    @property
    def width(self) -> int:
        return len(self.names)


def read_header(rows: Sequence[Sequence[str]], layout: Layout) -> Header:
    """The header in the first of some rows.

    Raises Unreadable if a required column is missing, or stands twice; if the header stands in a
    later row, that row is named."""
    if not any(any(fields) for fields in rows):
        raise Unreadable("file-empty")
    names = tuple(field.strip() for field in rows[0])
    if len(names) > MAX_COLUMNS:
        raise Unreadable("columns-too-many", value=str(len(names)), limit=MAX_COLUMNS)
    missing = missing_columns(rows[0], layout)
    if missing:
        for row, fields in enumerate(rows[1:_LOOKED_AT], start=2):
            if not missing_columns(fields, layout):
                raise Unreadable("header-below", found=row)
        listed = ", ".join(missing)
        raise Unreadable(
            "column-missing",
            value=listed,
            names_zh="、".join(f"{layout.chinese(c)}（{c}）" for c in missing),
            names_en=listed,
        )
    return Header(names, _positions(names, layout))


def missing_columns(fields: Sequence[str], layout: Layout) -> list[str]:
    found = {layout.column_of(field) for field in fields}
    return [column for column in layout.required if column not in found]


def _positions(names: Sequence[str], layout: Layout) -> dict[str, int]:
    positions: dict[str, int] = {}
    twice: list[str] = []
    for place, name in enumerate(names):
        column = layout.column_of(name)
        if column in positions:
            twice.append(column)
        elif column is not None:
            positions[column] = place
    if twice:
        listed = ", ".join(sorted(set(twice)))
        chinese = "、".join(layout.chinese(c) for c in sorted(set(twice)))
        raise Unreadable("column-twice", value=listed, names_zh=chinese, names_en=listed)
    return positions

"""Rows of credit-risk classes 信用风险分类: an object's code and its class."""

from collections.abc import Iterable
from itertools import count

from app.registry.files import cells
from app.registry.files.kinds import CREDIT_CLASSES as LAYOUT
from app.registry.files.sink import Sink
from app.registry.files.values import CREDIT_CLASSES

COPIED = ("row", "code", "credit_class")


class CreditRows:
    """Checks rows of a file whose header is known, as ObjectRows does."""

    def __init__(self, positions: dict[str, int], width: int, sink: Sink) -> None:
        self._at = [positions[column] for column in LAYOUT.required]
        self._width = width
        self._sink = sink

    def check(self, first_row: int, records: Iterable[tuple[str, list[str]]]) -> int:
        """Check rows from `first_row` on; the number of them that hold anything."""
        filled = 0
        for row, (_, fields) in zip(count(first_row), records):
            filled += self._check_one(row, [field.strip() for field in fields])
        return filled

    def _check_one(self, row: int, values: list[str]) -> bool:
        sink = self._sink
        if not any(values):
            sink.keys.append("")
            return False
        if len(values) != self._width:
            sink.tell(cells.wrong_fields(row, values, self._width))
            sink.keys.append("")
            return True
        before = sink.faults
        code, credit = (values[at] for at in self._at)
        known = cells.code(row, code, sink.tell)
        found = cells.choice(row, "credit_class", credit, CREDIT_CLASSES, sink.tell)
        sink.keys.append(known or "")
        if sink.faults == before:
            sink.rows.append(f"{row}\t{known}\t{found}")
        return True

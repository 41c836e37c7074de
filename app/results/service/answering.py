"""Answers to the parts of items and to the lines of their checklists 检查表: what must agree."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.registry.schemas import InspectionSubItemRead
from app.results.errors import (
    AnswerUnlikeLines,
    LineMissing,
    LineTwice,
    LineUnknown,
    SubItemTwice,
    SubItemUnknown,
    ValueUnlikeLines,
)
from app.results.schemas import Answer, FindingWrite, InspectionChecklistRead, SubItemAnswer
from app.results.states import PROBLEM_VALUES
from app.tasks.states import VALUE_TEXTS

GRAVEST_FIRST: tuple[Answer, ...] = ("no", "yes", "not-checked", "absent")
"""The answer to a sub-item is the first of these that one of its lines has."""
ANSWERS_ZH = {"yes": "是", "no": "否", "not-checked": "未检查", "absent": "合理缺项"}


def with_texts(
    findings: Sequence[FindingWrite], checklists: Mapping[str, InspectionChecklistRead]
) -> list[dict[str, Any]]:
    """Findings as they are kept: with the version of each item and the texts that were answered, so
    that an entry says by itself what its officers stand for. `checklists` is by item code.

    Raises SubItemTwice, SubItemUnknown, LineUnknown, LineTwice, LineMissing, AnswerUnlikeLines,
    ValueUnlikeLines."""
    return [
        _kept(finding, checklists.get(finding.item_code), f"/findings/{place}")
        for place, finding in enumerate(findings)
    ]


def _kept(
    finding: FindingWrite, checklist: InspectionChecklistRead | None, pointer: str
) -> dict[str, Any]:
    parts = {} if checklist is None else {part.no: part for part in checklist.sub_items}
    answered: set[int] = set()
    kept = []
    for place, answer in enumerate(finding.sub_items):
        where = f"{pointer}/sub_items/{place}"
        part = parts.get(answer.no)
        if answer.no in answered:
            raise SubItemTwice(pointer=f"{where}/no", item=finding.item_code, no=answer.no)
        if part is None and (parts or answer.lines):
            raise SubItemUnknown(pointer=f"{where}/no", item=finding.item_code, no=answer.no)
        answered.add(answer.no)
        if part is not None and answer.lines:
            _check_lines(finding, answer, part, where)
        kept.append(_answer_kept(answer, part))
    if any(line.answer == "no" for answer in finding.sub_items for line in answer.lines):
        _check_value(finding, pointer)
    version = None if checklist is None else checklist.item_version
    return finding.model_dump(exclude={"sub_items"}) | {"item_version": version, "sub_items": kept}


def _check_lines(
    finding: FindingWrite, answer: SubItemAnswer, part: InspectionSubItemRead, pointer: str
) -> None:
    """Every line once, and the answer to the whole as the lines have it."""
    answered: set[int] = set()
    for place, line in enumerate(answer.lines):
        where = f"{pointer}/lines/{place}/no"
        if line.no > len(part.lines):
            raise LineUnknown(pointer=where, item=finding.item_code, no=answer.no, line=line.no)
        if line.no in answered:
            raise LineTwice(pointer=where, item=finding.item_code, no=answer.no, line=line.no)
        answered.add(line.no)
    missing = [no for no in range(1, len(part.lines) + 1) if no not in answered]
    if missing:
        raise LineMissing(
            pointer=f"{pointer}/lines",
            item=finding.item_code,
            no=answer.no,
            lines=", ".join(map(str, missing)),
        )
    said_by_lines = {line.answer for line in answer.lines}
    wanted = next(one for one in GRAVEST_FIRST if one in said_by_lines)
    if answer.answer not in {wanted, "no"}:
        raise AnswerUnlikeLines(
            pointer=f"{pointer}/answer",
            item=finding.item_code,
            no=answer.no,
            answer=answer.answer,
            answer_zh=ANSWERS_ZH[answer.answer],
            wanted=wanted,
            wanted_zh=ANSWERS_ZH[wanted],
        )


def _check_value(finding: FindingWrite, pointer: str) -> None:
    """Where a line says `no`, there is a problem."""
    if finding.value not in PROBLEM_VALUES:
        raise ValueUnlikeLines(
            pointer=f"{pointer}/value",
            item=finding.item_code,
            value=finding.value,
            value_zh=VALUE_TEXTS[finding.value],
        )


def _answer_kept(answer: SubItemAnswer, part: InspectionSubItemRead | None) -> dict[str, Any]:
    if part is None:
        return {"no": answer.no, "name": None, "answer": answer.answer, "lines": []}
    lines = [
        {**line.model_dump(), "text": part.lines[line.no - 1]}
        for line in sorted(answer.lines, key=lambda one: one.no)
    ]
    return {"no": answer.no, "name": part.name, "answer": answer.answer, "lines": lines}

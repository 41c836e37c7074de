"""Reading the files that feed the registry. Pure: no database, so that a file can be checked
before it is sent. A file with one fault yields no rows at all; every fault says row, column
and reason, row 1 being the header."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Generic, TypeVar

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

from app.core.problems import LISTED_FAULTS, Fault
from app.registry.models import CreditClass, ObjectKind, ObjectStatus

KINDS = {
    "企业": ObjectKind.ENTERPRISE,
    "个体户": ObjectKind.INDIVIDUAL,
    "个体工商户": ObjectKind.INDIVIDUAL,
    "农专社": ObjectKind.COOPERATIVE,
    "农民专业合作社": ObjectKind.COOPERATIVE,
    "外企代表机构": ObjectKind.FOREIGN_OFFICE,
    "其他": ObjectKind.OTHER,
    **{kind.value: kind for kind in ObjectKind},
}
STATUSES = {
    "": ObjectStatus.ACTIVE,
    "存续": ObjectStatus.ACTIVE,
    "开业": ObjectStatus.ACTIVE,
    "在营": ObjectStatus.ACTIVE,
    "停业": ObjectStatus.SUSPENDED,
    "歇业": ObjectStatus.SUSPENDED,
    "注销": ObjectStatus.DEREGISTERED,
    "吊销": ObjectStatus.REVOKED,
    "撤销": ObjectStatus.CANCELLED,
    "迁出": ObjectStatus.MOVED_OUT,
    **{status.value: status for status in ObjectStatus},
}
OBJECT_COLUMNS = ("uscc", "name", "object_class", "region_code")
CREDIT_COLUMNS = ("uscc", "credit_class")
DIVISION_COLUMNS = ("code", "name", "full_name", "level", "status", "valid_from")
INDUSTRY_COLUMNS = ("code", "name", "level", "parent_code", "section_code")

_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_DIVISION = re.compile(r"[0-9]{6}")
_INDUSTRY = re.compile(r"[A-T]|[0-9]{2,4}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Row = Mapping[str, str]
T = TypeVar("T")


@dataclass(slots=True)
class Faults:
    """The first thousand faults and the number of all."""

    listed: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, code: str, row: int, column: str | None, value: str, zh: str, en: str) -> None:
        self.count += 1
        if self.count <= LISTED_FAULTS:
            self.listed.append(Fault(code, zh, en, row=row, column=column, value=value))


@dataclass(frozen=True, slots=True)
class CheckedFile(Generic[T]):
    """What a file holds: `rows` to be merged, only if there is no fault; `total` data rows."""

    rows: list[T]
    faults: Faults
    total: int


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One valid row of an object file, in the order of the columns of the directory."""

    code: str
    name: str
    kind: str
    ent_type: str | None
    region_code: str
    industry_code: str | None
    established_on: date | None
    status: str
    reg_authority: str | None
    jurisdiction_unit: str | None
    source: str


def check_objects(
    file: IO[bytes], *, regions: AbstractSet[str], industries: AbstractSet[str], source: str
) -> CheckedFile[ObjectRow]:
    """Check a CSV of inspected objects against the code tables."""
    seen: set[str] = set()

    def read(number: int, row: Row, faults: Faults) -> ObjectRow:
        code = _object_code(number, row["uscc"], seen, faults)
        return ObjectRow(
            code=code,
            name=_name(number, row["name"], faults),
            kind=_choice(number, "object_class", row["object_class"], KINDS, faults),
            ent_type=row.get("ent_type") or None,
            region_code=_region(number, row["region_code"], regions, faults),
            industry_code=_industry(number, row.get("industry_code", ""), industries, faults),
            established_on=_day(number, "established", row.get("established", ""), faults),
            status=_choice(number, "status", row.get("status", ""), STATUSES, faults),
            reg_authority=row.get("reg_authority") or None,
            jurisdiction_unit=row.get("jurisdiction_unit") or None,
            source=row.get("source") or source,
        )

    return _check(file, OBJECT_COLUMNS, read)


def check_credit_classes(file: IO[bytes]) -> CheckedFile[tuple[str, str]]:
    """Check a CSV of object codes and credit-risk classes."""
    seen: set[str] = set()
    classes = {c.value: c for c in CreditClass}

    def read(number: int, row: Row, faults: Faults) -> tuple[str, str]:
        code = _object_code(number, row["uscc"], seen, faults)
        return code, _choice(number, "credit_class", row["credit_class"], classes, faults)

    return _check(file, CREDIT_COLUMNS, read)


def check_divisions(file: IO[bytes]) -> CheckedFile[dict[str, str | None]]:
    """Check a CSV of administrative divisions (GB/T 2260), current and retired."""
    seen: set[tuple[str, str]] = set()

    def read(number: int, row: Row, faults: Faults) -> dict[str, str | None]:
        if not _DIVISION.fullmatch(row["code"]):
            _malformed(number, "code", row["code"], faults)
        _unique(number, "code", (row["code"], row["valid_from"]), seen, faults)
        optional = ("parent_code", "valid_to", "successor_codes")
        return {c: row[c] for c in DIVISION_COLUMNS} | {c: row.get(c) or None for c in optional}

    return _check(file, DIVISION_COLUMNS, read)


def check_industries(file: IO[bytes]) -> CheckedFile[dict[str, str | None]]:
    """Check a CSV of industries (GB/T 4754)."""
    seen: set[str] = set()

    def read(number: int, row: Row, faults: Faults) -> dict[str, str | None]:
        if not _INDUSTRY.fullmatch(row["code"]):
            _malformed(number, "code", row["code"], faults)
        _unique(number, "code", row["code"], seen, faults)
        return {c: row[c] or None for c in INDUSTRY_COLUMNS}

    return _check(file, INDUSTRY_COLUMNS, read)


def _check(
    file: IO[bytes], columns: tuple[str, ...], read: Callable[[int, Row, Faults], T]
) -> CheckedFile[T]:
    faults = Faults()
    rows: list[T] = []
    total = 0
    try:
        for number, row in _records(file, columns, faults):
            total += 1
            checked = read(number, row, faults)
            if not faults.count:
                rows.append(checked)
    except _Unreadable as why:
        faults.add(why.code, why.row, None, why.value, why.zh, why.en)
    if not total and not faults.count:
        faults.add("file-empty", 1, None, "", "文件没有数据行", "the file has no data row")
    return CheckedFile([] if faults.count else rows, faults, total)


class _Unreadable(Exception):
    def __init__(self, code: str, row: int, value: str, zh: str, en: str) -> None:
        self.code, self.row, self.value, self.zh, self.en = code, row, value, zh, en
        super().__init__(code)


def _records(
    file: IO[bytes], columns: tuple[str, ...], faults: Faults
) -> Iterator[tuple[int, Row]]:
    """The data rows whose number of fields is right, with their numbers."""
    reader = csv.reader(_lines(file), strict=True)
    number = 0
    header: list[str] | None = None
    try:
        for number, fields in enumerate(reader, start=1):
            if header is None:
                header = _header(fields, columns)
            elif len(fields) == len(header):
                yield number, {c: f.strip() for c, f in zip(header, fields, strict=True)}
            elif fields:
                _field_count(number, len(header), len(fields), faults)
    except csv.Error:
        raise _Unreadable(
            "csv-malformed", number + 1, "", "引号或字段长度有误", "a quote or field is malformed"
        ) from None
    if header is None:
        raise _Unreadable("file-empty", 1, "", "文件为空", "the file is empty")


def _header(fields: list[str], columns: tuple[str, ...]) -> list[str]:
    header = [name.strip() for name in fields]
    missing = [c for c in columns if c not in header]
    if missing:
        names = ", ".join(missing)
        raise _Unreadable(
            "column-missing", 1, names, f"缺少列：{names}", f"missing column: {names}"
        )
    twice = sorted({c for c in header if c and header.count(c) > 1})
    if twice:
        names = ", ".join(twice)
        raise _Unreadable("column-twice", 1, names, f"列重复：{names}", f"column twice: {names}")
    return header


def _field_count(number: int, wanted: int, got: int, faults: Faults) -> None:
    faults.add(
        "field-count",
        number,
        None,
        str(got),
        f"应有 {wanted} 个字段，实有 {got} 个",
        f"{wanted} fields were expected, {got} found",
    )


def _lines(file: IO[bytes]) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise _Unreadable(
                "encoding-not-utf8",
                number,
                line[error.start : error.start + 4].hex(),
                "不是 UTF-8 编码，请在 Excel 中另存为“CSV UTF-8”",
                "not UTF-8; save it as CSV UTF-8",
            ) from None
        if "\x00" in text:
            raise _Unreadable("character-nul", number, "", "含有 NUL 字符", "it holds a NUL")
        yield text


def _object_code(number: int, code: str, seen: set[str], faults: Faults) -> str:
    if not _CODE.fullmatch(code):
        faults.add(
            "code-malformed",
            number,
            "uscc",
            code,
            "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、S、V、Z）",
            "a unified social credit code has 18 digits or capitals, without I, O, S, V, Z",
        )
        return code
    try:
        uscc.validate(code)
    except InvalidChecksum:
        _wrong_code(
            "code-check-digit", number, code, faults, "校验位不符", "the check digit is wrong"
        )
    except ValidationError:
        _wrong_code("code-malformed", number, code, faults, "代码结构有误", "no valid code")
    _unique(number, "uscc", code, seen, faults)
    return code


def _wrong_code(code: str, number: int, value: str, faults: Faults, zh: str, en: str) -> None:
    faults.add(code, number, "uscc", value, f"统一社会信用代码{zh}", en)


def _unique(number: int, column: str, key: T, seen: set[T], faults: Faults) -> None:
    if key in seen:
        shown = key if isinstance(key, str) else str(key)
        faults.add("code-duplicate", number, column, shown, "代码重复出现", "the code stands twice")
    seen.add(key)


def _name(number: int, name: str, faults: Faults) -> str:
    if not name:
        faults.add("name-missing", number, "name", "", "缺少名称", "the name is missing")
    elif len(name) > 200 or _CONTROL.search(name):
        faults.add(
            "name-malformed",
            number,
            "name",
            name,
            "名称超过 200 字或含有控制字符",
            "the name is longer than 200 characters or holds a control character",
        )
    return name


def _choice(number: int, column: str, value: str, known: Mapping[str, str], faults: Faults) -> str:
    found = known.get(value)
    if found is None:
        allowed = "、".join(k for k in known if k)
        faults.add(
            "value-unknown",
            number,
            column,
            value,
            f"只能取：{allowed}",
            f"one of: {allowed}",
        )
    return str(found or value)


def _region(number: int, code: str, regions: AbstractSet[str], faults: Faults) -> str:
    if code not in regions:
        faults.add(
            "region-unknown",
            number,
            "region_code",
            code,
            "行政区划代码不在 GB/T 2260 代码表中",
            "the region is not in the table of GB/T 2260",
        )
    return code


def _industry(number: int, code: str, industries: AbstractSet[str], faults: Faults) -> str | None:
    if code and code not in industries:
        faults.add(
            "industry-unknown",
            number,
            "industry_code",
            code,
            "行业代码不在 GB/T 4754 代码表中",
            "the industry is not in the table of GB/T 4754",
        )
    return code or None


def _day(number: int, column: str, text: str, faults: Faults) -> date | None:
    if not text:
        return None
    try:
        if not _DAY.fullmatch(text):  # the standard library also reads 2020-W01-1
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        faults.add(
            "date-malformed", number, column, text, "日期应为 YYYY-MM-DD", "a date is YYYY-MM-DD"
        )
        return None


def _malformed(number: int, column: str, value: str, faults: Faults) -> None:
    faults.add("code-malformed", number, column, value, "代码格式有误", "the code is malformed")

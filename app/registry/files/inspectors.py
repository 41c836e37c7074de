"""Files of inspectors, and of the certificates that their issuers know."""

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import IO

from app.registry.files.fields import choice, day, malformed, name, unique
from app.registry.files.reading import CheckedFile, Faults, Row, check
from app.registry.models import InspectorKind, InspectorStatus

INSPECTOR_COLUMNS = ("staff_no", "name", "certificate_no", "certificate_valid_to", "item_codes")
CERTIFICATE_COLUMNS = ("certificate_no", "staff_no", "certificate_valid_to")
STATUSES = {
    "": InspectorStatus.ACTIVE,
    "有效": InspectorStatus.ACTIVE,
    "失效": InspectorStatus.INACTIVE,
    **{status.value: status for status in InspectorStatus},
}
KINDS = {
    "": InspectorKind.OFFICER,
    "执法人员": InspectorKind.OFFICER,
    "专家": InspectorKind.EXPERT,
    "第三方": InspectorKind.THIRD_PARTY,
    **{kind.value: kind for kind in InspectorKind},
}

_STAFF_NO = re.compile(r"[0-9A-Za-z._:-]{1,64}")
_ITEM_CODE = re.compile(r"[0-9A-Za-z._-]{1,64}")
_TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]{0,200}")
_REGION = re.compile(r"([0-9]{6})?")
_PHONE = re.compile(r"(\+?[0-9][0-9 -]{5,18}[0-9]|[0-9]{0,3}\*{4}[0-9]{2,4})?")
# Region, day of birth, sequence, check character (GB 11643). A certificate number may hold a region
# and the day on which it was given, so later days than those of officers' births pass.
_NATIONAL_ID = re.compile(
    r"(?<![0-9])[1-9][0-9]{5}(19[0-9]{2}|200[0-9]|201[0-2])(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
    r"[0-9]{3}[0-9Xx](?![0-9])"
)


@dataclass(frozen=True, slots=True)
class InspectorRow:
    """One valid row, in the order of the columns of the directory; `certificates` is JSON."""

    staff_no: str
    name: str
    kind: str
    station: str
    region_code: str
    certificates: str
    phone: str
    qualifications: list[str]
    specialties: list[str]
    item_codes: list[str]
    teams: list[str]
    status: str
    status_from: date | None
    status_to: date | None


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate and the staff number of who holds it, as its issuer has it."""

    certificate_no: str
    staff_no: str
    valid_to: date | None


def check_inspectors(file: IO[bytes], *, department: str) -> CheckedFile[InspectorRow]:
    """Check a file of the inspectors of one department; lists within a field have semicolons, and
    those of several certificates have the same length. Rows that name another department are left
    out, so that one file may serve several. A phone that is empty or masked says nothing new."""
    seen: set[str] = set()
    certificates: set[str] = set()

    def read(number: int, row: Row, faults: Faults) -> InspectorRow | None:
        if row.get("department_code", department) != department:
            return None
        _refuse_national_ids(number, row, faults)
        _staff_no(number, row, faults)
        unique(number, "staff_no", row["staff_no"], seen, faults)
        kind = choice(number, "kind", row.get("kind", ""), KINDS, faults)
        held = _certificates(number, row, faults, needed=kind == InspectorKind.OFFICER)
        for one in held:
            unique(number, "certificate_no", one["number"], certificates, faults)
        status_from, status_to = _validity(number, row, faults)
        return InspectorRow(
            staff_no=row["staff_no"],
            name=name(number, row["name"], faults),
            kind=kind,
            station=_shaped(number, "station", row, faults, _TEXT),
            region_code=_shaped(number, "region_code", row, faults, _REGION),
            certificates=json.dumps(held, ensure_ascii=False),
            phone=_shaped(number, "phone", row, faults, _PHONE),
            qualifications=_words(number, "qualifications", row, faults),
            specialties=_words(number, "specialties", row, faults),
            item_codes=_items(number, row["item_codes"], faults),
            teams=_words(number, "teams", row, faults),
            status=choice(number, "status", row.get("status", ""), STATUSES, faults),
            status_from=status_from,
            status_to=status_to,
        )

    checked = check(file, INSPECTOR_COLUMNS, read)
    rows = [row for row in checked.rows if row is not None]
    return CheckedFile(rows, checked.faults, len(rows))


def check_certificates(file: IO[bytes]) -> CheckedFile[CertificateRow]:
    """Check a file of all certificates that an issuer knows in a department 持证人员名单."""
    seen: set[str] = set()

    def read(number: int, row: Row, faults: Faults) -> CertificateRow:
        _refuse_national_ids(number, row, faults)
        _staff_no(number, row, faults)
        certificate = name(number, row["certificate_no"], faults, column="certificate_no")
        unique(number, "certificate_no", certificate, seen, faults)
        valid_to = _last_day(number, row["certificate_valid_to"], faults)
        return CertificateRow(certificate, row["staff_no"], valid_to)

    return check(file, CERTIFICATE_COLUMNS, read)


def _refuse_national_ids(number: int, row: Row, faults: Faults) -> None:
    for column, value in row.items():
        found = _NATIONAL_ID.search(value)
        if found:
            faults.add(
                "national-id",
                number,
                column,
                # The answer is no place to repeat it.
                found[0][:6] + "*" * 12,
                "不得登记居民身份证号码",
                "the number of an identity card is never stored",
            )


def _staff_no(number: int, row: Row, faults: Faults) -> None:
    if not _STAFF_NO.fullmatch(row["staff_no"]):
        malformed(number, "staff_no", row["staff_no"], faults)


def _certificates(number: int, row: Row, faults: Faults, *, needed: bool) -> list[dict[str, str]]:
    """The certificates of a row, the one that ends first first."""
    numbers = _listed(row["certificate_no"])
    ends = _listed(row["certificate_valid_to"])
    issuers = _listed(row.get("certificate_issuer", "")) or [""]
    if needed and not numbers:
        name(number, "", faults, column="certificate_no")
    if len(issuers) == 1:
        issuers *= max(len(numbers), 1)
    if len(numbers) != len(ends) or len(issuers) != max(len(numbers), 1):
        faults.add(
            "certificate-count",
            number,
            "certificate_valid_to",
            row["certificate_valid_to"],
            "证件号、有效期、发证机关的个数不一致",
            "as many days as numbers are needed, and one issuer or as many",
        )
        return []
    held = []
    for certificate, end, issuer in zip(numbers, ends, issuers, strict=False):
        valid_to = _last_day(number, end, faults)
        name(number, certificate, faults, column="certificate_no")
        held.append({"number": certificate, "issuer": issuer, "valid_to": str(valid_to)})
    return sorted(held, key=lambda one: (one["valid_to"], one["number"]))


def _last_day(number: int, text: str, faults: Faults) -> date | None:
    valid_to = day(number, "certificate_valid_to", text, faults)
    if valid_to is None and not text:
        malformed(number, "certificate_valid_to", "", faults)
    return valid_to


def _validity(number: int, row: Row, faults: Faults) -> tuple[date | None, date | None]:
    """From when to when the status holds."""
    first = day(number, "status_from", row.get("status_from", ""), faults)
    last = day(number, "status_to", row.get("status_to", ""), faults)
    if first is not None and last is not None and last < first:
        faults.add(
            "dates-reversed",
            number,
            "status_to",
            row["status_to"],
            "止日早于起日",
            "the last day lies before the first",
        )
    return first, last


def _shaped(number: int, column: str, row: Row, faults: Faults, shape: re.Pattern[str]) -> str:
    value = row.get(column, "")
    if not shape.fullmatch(value):
        malformed(number, column, value, faults)
    return value


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _words(number: int, column: str, row: Row, faults: Faults) -> list[str]:
    """Sorted texts, as they may stand in a tag (draw-spec 7)."""
    found = sorted(set(_listed(row.get(column, ""))))
    for one in found:
        if not _TEXT.fullmatch(one):
            malformed(number, column, one, faults)
    return found


def _items(number: int, text: str, faults: Faults) -> list[str]:
    codes = sorted(set(_listed(text)))
    for code in codes:
        if not _ITEM_CODE.fullmatch(code):
            malformed(number, "item_codes", code, faults)
    return codes

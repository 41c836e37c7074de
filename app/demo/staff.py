"""Inspectors of the sample: numbered, so that nobody takes one for a person."""

from collections.abc import Iterator
from datetime import date, timedelta

from app.demo.checklist import (
    CHEMICALS,
    DRUGS,
    EQUIPMENT,
    FOOD,
    INDUSTRY,
    INSPECTION_ITEMS,
)
from app.demo.places import DEPARTMENTS, EMERGENCY_CODE, HOME_CODE, MARKET_CODE
from app.demo.stream import Stream

PER_DEPARTMENT = 60

COLUMNS = (
    "staff_no",
    "name",
    "department_code",
    "station",
    "region_code",
    "certificate_no",
    "certificate_issuer",
    "certificate_valid_to",
    "qualifications",
    "item_codes",
    "status",
)

_QUALIFICATIONS = {
    MARKET_CODE: ((FOOD, 550), (DRUGS, 250), (EQUIPMENT, 250)),
    EMERGENCY_CODE: ((INDUSTRY, 650), (CHEMICALS, 450)),
}
# Days that a certificate is still valid: expired, about to expire, and the years after.
_VALIDITY = (((-60, 0), 2), ((1, 45), 6), ((46, 1800), 92))

Row = dict[str, str]


def generate_inspectors(seed: str, today: date) -> Iterator[Row]:
    """Yield 60 inspectors for each department that inspects; certificates count from today."""
    number = 0
    for department_code in (MARKET_CODE, EMERGENCY_CODE):
        stations = [
            department.name
            for department in DEPARTMENTS
            if department_code in {department.code, department.parent}
        ]
        for index in range(PER_DEPARTMENT):
            number += 1
            station = stations[index % len(stations)]
            stream = Stream(f"{seed}|inspector|{number}")
            yield _inspector(stream, number, department_code, station, today)


def _inspector(stream: Stream, number: int, department_code: str, station: str, today: date) -> Row:
    held = [name for name, share in _QUALIFICATIONS[department_code] if stream.chance(share)]
    shortest, longest = stream.weighted(_VALIDITY)
    days_left = shortest + stream.below(longest - shortest + 1)
    item_codes = [
        item.code
        for item in INSPECTION_ITEMS
        if item.department_code == department_code
        and (not item.qualification or item.qualification in held)
    ]
    return {
        "staff_no": f"{department_code}-{number:04}",
        "name": f"执法员{number:04}",
        "department_code": department_code,
        "station": station,
        "region_code": HOME_CODE,
        "certificate_no": f"YB-{HOME_CODE}-{number:04}",
        "certificate_issuer": "陕西省人民政府",
        "certificate_valid_to": (today + timedelta(days=days_left)).isoformat(),
        "qualifications": ";".join(held),
        "item_codes": ";".join(item_codes),
        "status": "失效" if stream.chance(30) else "有效",
    }

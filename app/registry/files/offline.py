"""Code tables where no database is at hand: the divisions that python-stdnum brings for resident
numbers. They know which codes there are and were, but not what followed a retired one."""

import re

from app.registry.files.tables import CodeTables

_AS_OF = 2024
_PERIOD = re.compile(r"\[[0-9]*-([0-9]*)\]")
_ADDED = {"330113": "浙江省杭州市临平区", "330114": "浙江省杭州市钱塘区"}  # in force since 2021


def offline_tables() -> CodeTables:
    """GB/T 2260 as it was at the end of 2024; industries are checked by their form."""
    regions: dict[str, tuple[str, ...] | None] = dict.fromkeys(_ADDED)
    for code, county in _counties():
        regions[code] = None if _in_force(county) else ()
    return CodeTables(regions, None, dict(_ADDED))


def _counties() -> list[tuple[str, str]]:
    from importlib.resources import files

    found: list[tuple[str, str]] = []
    province = ""
    for line in files("stdnum").joinpath("cn", "loc.dat").read_text("utf-8").splitlines():
        code, _, told = line.strip().partition(" ")
        if line[:1].isdigit():
            province = code
        elif told.startswith("county="):
            found.append((province + code, told.removeprefix("county=").strip('"')))
    return found


def _in_force(county: str) -> bool:
    """The names that a code had stand with commas, each behind its period if it had one."""
    ends = [_PERIOD.match(name) for name in county.split(",")]
    return any(end is None or not end[1] or int(end[1]) > _AS_OF for end in ends)

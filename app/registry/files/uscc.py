"""Unified social credit codes 统一社会信用代码 (GB 32100-2015): the check, fast, and what is wrong
with a code that fails it."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {c: i for i, c in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_FORM = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")

_ROUNDED = re.compile(r"[0-9]\.?[0-9]*[Ee]\+?[0-9]{1,2}")
_ALIKE = re.compile(r"[0-9A-Za-z]{2}[0-9]{6}[0-9A-Za-z]{8,12}")
_JOINERS = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff\u00b7.\-\u2010-\u2015]")
_CONFUSED = str.maketrans("OIZSV", "0125U")
_ID_NUMBER = re.compile(r"[1-8][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]{4}[0-9Xx]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class PrefixSums(dict[str, int]):
    """The first 8 places -> their weighted sum, filled as they come. A malformed prefix is a
    KeyError."""

    def __missing__(self, prefix: str) -> int:
        if not prefix[2:].isdecimal() or not prefix.isascii():
            raise KeyError(prefix)
        found = sum(_VALUE[c] * w for c, w in zip(prefix, _WEIGHTS, strict=False))
        if len(self) >= _MAX_PREFIXES:
            self.clear()
        self[prefix] = found
        return found


_MAX_PREFIXES = 200_000


def triple_sums(place: int) -> dict[str, int]:
    """All 3-character pieces from `place` on -> their weighted sum modulo 31."""
    first, second, third = _WEIGHTS[place : place + 3]
    pairs = [(a + b, i * first + j * second) for a, i in _VALUE.items() for b, j in _VALUE.items()]
    return {p + c: (s + k * third) % 31 for p, s in pairs for c, k in _VALUE.items()}


LAST_SUMS: Mapping[str, int] = _VALUE
"""The check digit makes the whole sum a multiple of 31, so that it has weight 1."""


def is_valid(code: str) -> bool:
    """Whether form and check digit are right (GB 32100-2015, 4.2 and 5)."""
    return bool(_FORM.fullmatch(code)) and _sum(code) == 0


def _sum(code: str) -> int:
    return (sum(_VALUE[c] * w for c, w in zip(code, (*_WEIGHTS, 1), strict=True))) % 31


def diagnose(code: str) -> tuple[str, Mapping[str, Any]]:
    """The fault of a code that is not valid, and the hints of its text. A value is proposed only
    if exactly the one repair that the fault names makes the code right."""
    if not code:
        return "code-missing", {}
    if is_rounded(code) or _looks_rounded(code):
        return "code-rounded", {}
    if is_id_number(code):
        return "national-id", {}
    wide = unicodedata.normalize("NFKC", code)
    joined = _JOINERS.sub("", wide)
    upper = joined.upper()
    for found, repaired in (
        ("code-full-width", wide != code),
        ("code-spaces", joined != wide),
        ("code-lower-case", upper != joined),
    ):
        if repaired and len(upper) == len(ALPHABET[:18]):
            return found, _proposal(upper)
    return _of_capitals(upper if len(upper) == 18 else code)


def _of_capitals(code: str) -> tuple[str, Mapping[str, Any]]:
    if re.fullmatch(r"[0-9]{15}", code):
        return "code-old-number", {}
    if len(code) != 18:
        return "code-length", {"got": len(code)}
    if re.search("[IOSVZ]", code):
        return "code-letter", _proposal(code)
    if not _FORM.fullmatch(code):
        return "code-malformed", {}
    return "code-check-digit", {}


def is_rounded(text: str) -> bool:
    """Whether a spreadsheet took a long code for a number: 1.10105E+17."""
    return _ROUNDED.fullmatch(text) is not None


def looks_unified(code: str) -> bool:
    """Whether a code was meant as a unified one, or was rounded: 16 to 20 places, digits where a
    unified code has those of its region."""
    return is_rounded(code) or _ALIKE.fullmatch(code) is not None


def _looks_rounded(code: str) -> bool:
    """18 digits that end in zeros, as a spreadsheet writes a number of 15 significant digits."""
    return len(code) == 18 and code.isdecimal() and code.endswith("000")


def _proposal(code: str) -> Mapping[str, Any]:
    candidates = {c for c in (code, code.translate(_CONFUSED)) if is_valid(c)}
    if len(candidates) != 1:
        return {"propose": ""}
    (only,) = candidates
    return {"propose_zh": f"；可能应为 {only}", "propose_en": f"; perhaps {only}"}


def is_id_number(code: str) -> bool:
    """Whether it is a citizen's number 公民身份号码 (GB 11643): such are never stored."""
    if not _ID_NUMBER.fullmatch(code) or is_valid(code):
        return False
    total = sum(int(c) * w for c, w in zip(code, _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == code[-1].upper()

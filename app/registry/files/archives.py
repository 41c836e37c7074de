"""Workbooks that are zip archives, checked from the central directory before anything is opened,
then member by member with a limit (trust: uploads of hostile archives)."""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from struct import error as struct_error
from struct import unpack

from app.registry.files.cells import NO_VALUE
from app.registry.files.faults import Unreadable

MAX_MEMBERS = 1000
MAX_UNPACKED_MB = 200
MAX_RATIO = 50
MAX_LETTERS = 2
"""Letters of a column's name in a workbook: ZZ is the 702nd."""

_END = b"PK\x05\x06"
_END_SIZE = 22
_HEAD = b"PK\x03\x04"
_SMALL = 1 << 20
_BLOCK = 1 << 20
_OVERLAP = 4096
_LINK = 0o120000
_ENCRYPTED = 0x1
_ARCHIVES = (_HEAD, b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b")
_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_FAR_COLUMN = re.compile(rb'<c r="[A-Z]{%d}' % (MAX_LETTERS + 1))
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_NO_RESULT = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)'
    rb"\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)
_ERROR = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*\bt="e"[^>]*>(?:<f[^>]*(?:/>|>[^<]*</f>))?<v>([^<]*)</v>'
)
_MAX_MARKED = 100_000


@dataclass(slots=True)
class Inside:
    """What the members of a workbook hold. `marked` are the cells (row, column from 1) of each
    member that a reader would take for empty: with NO_VALUE those whose formula has no stored
    result, with its text those that hold an error."""

    names: frozenset[str]
    marked: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)


def check_archive(path: Path) -> Inside:
    """Check an archive and all that is in it. Raises Unreadable."""
    _check_end(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_directory(members, path.stat().st_size)
            inside = Inside(frozenset(member.filename for member in members))
            for member in members:
                _check_member(archive, member, inside)
    except (zipfile.BadZipFile, zlib.error, struct_error, EOFError, OSError, ValueError) as error:
        raise Unreadable("file-damaged") from error
    except RuntimeError as error:  # a password, or a method that is not known
        raise Unreadable("file-encrypted") from error
    return inside


def _check_end(path: Path) -> None:
    """The end of the central directory is the end of the file and says how many members there
    are, so that no long directory is read for nothing."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _END_SIZE))
        end = file.read()
    if not end.startswith(_END):
        raise Unreadable("zip-trailing" if _ends_earlier(path) else "file-damaged")
    count, length, offset, comment = unpack("<10xHIIH", end)
    if comment or offset + length + _END_SIZE != size:
        raise Unreadable("zip-trailing")
    if count > MAX_MEMBERS or length > MAX_MEMBERS * 1024:
        raise Unreadable("zip-members", value=str(count), limit=MAX_MEMBERS)


def _ends_earlier(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - (1 << 16) - _END_SIZE))
        tail = file.read()
    return 0 <= tail.rfind(_END) < len(tail) - _END_SIZE


def _check_directory(members: list[zipfile.ZipInfo], size: int) -> None:
    if len(members) > MAX_MEMBERS:
        raise Unreadable("zip-members", value=str(len(members)), limit=MAX_MEMBERS)
    names = [member.filename.replace("\\", "/") for member in members]
    if len({name.casefold() for name in names}) != len(names):
        raise Unreadable("zip-member-name")
    for name, member in zip(names, members, strict=True):
        kind = stat.S_IFMT(member.external_attr >> 16)
        if name.startswith("/") or ".." in name.split("/") or ":" in name or kind == _LINK:
            raise Unreadable("zip-member-name", value=name)
        if member.flag_bits & _ENCRYPTED:
            raise Unreadable("file-encrypted", value=name)
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_MB << 20:
        raise Unreadable("zip-too-large", value=str(unpacked), limit=MAX_UNPACKED_MB)
    if sum(member.compress_size for member in members) > size:
        raise Unreadable("file-damaged")  # members that overlap
    for member in members:
        if member.file_size > max(_SMALL, member.compress_size * MAX_RATIO):
            raise Unreadable("zip-ratio", value=member.filename, limit=MAX_RATIO)


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, inside: Inside) -> None:
    is_xml = member.filename.endswith((".xml", ".rels"))
    is_sheet = _SHEET.fullmatch(member.filename) is not None
    for first, text in _blocks(archive, member):
        if first and text.startswith(_ARCHIVES):
            raise Unreadable("zip-nested", value=member.filename)
        if first and is_xml and _ENTITIES.search(text, 0, _OVERLAP):
            raise Unreadable("xml-entities", value=member.filename)
        if is_sheet:
            if _FAR_COLUMN.search(text):
                raise Unreadable("columns-too-many", value=member.filename, limit=702)
            if b"<f" in text or b't="e"' in text:
                _mark_cells(text, inside.marked.setdefault(member.filename, {}))


def _blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[tuple[bool, bytes]]:
    """The unpacked member in pieces, each with the end of the piece before."""
    before, first = b"", True
    with archive.open(member) as file:
        while block := file.read(_BLOCK):
            yield first, before + block
            before, first = block[-_OVERLAP:], False


def _mark_cells(text: bytes, marked: dict[tuple[int, int], str]) -> None:
    for match in (*_NO_RESULT.finditer(text), *_ERROR.finditer(text)):
        if len(marked) < _MAX_MARKED:
            cell = int(match[2]), column_number(match[1].decode())
            marked[cell] = match[3].decode(errors="replace") if match.lastindex == 3 else NO_VALUE


def column_number(letters: str) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number

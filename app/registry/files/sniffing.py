"""Which format a file has: by what it begins with and holds, never by its name."""

import re
from pathlib import Path

from app.registry.files.archives import Inside, check_archive
from app.registry.files.faults import Unreadable

ZIP = b"PK\x03\x04"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 4096
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "file-pdf"),
    (b"\x89PNG", "file-image"),
    (b"\xff\xd8\xff", "file-image"),
    (b"GIF8", "file-image"),
    (b"BM", "file-image"),
    (b"II*\x00", "file-image"),
    (b"MM\x00*", "file-image"),
    (b"{\\rtf", "file-word"),
    (b"PK\x05\x06", "file-archive"),
    (b"PK\x07\x08", "file-archive"),
    (b"Rar!\x1a\x07", "file-archive"),
    (b"7z\xbc\xaf\x27\x1c", "file-archive"),
    (b"\x1f\x8b", "file-archive"),
    (b"BZh", "file-archive"),
    (b"\xfd7zXZ\x00", "file-archive"),
    (b"\x28\xb5\x2f\xfd", "file-archive"),
    (b"MZ", "file-binary"),
    (b"\x7fELF", "file-binary"),
    (b"PAR1", "file-binary"),
    (b"SQLite format 3", "file-binary"),
)
_HTML = re.compile(rb"<(?:!doctype html|html|table|head|body|meta|style|div)\b", re.IGNORECASE)
_MHTML = re.compile(rb"mime-version:", re.IGNORECASE)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORD = "WordDocument".encode("utf-16-le")
_SLIDES = "PowerPoint Document".encode("utf-16-le")
_SHEETS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_MACROS = "_VBA_PROJECT".encode("utf-16-le")


def format_of(path: Path) -> tuple[str, Inside | None]:
    """csv, ndjson, xlsx, xls or ods, and what is inside of those that are archives.

    Raises Unreadable for anything else, for an empty file and for one that may not be opened."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip():
        raise Unreadable("file-empty")
    if head.startswith(ZIP):
        inside = check_archive(path)
        return _workbook(inside.names, path), inside
    if head.startswith(COMPOUND):
        return _compound(path), None
    return _text_format(head), None


def _text_format(head: bytes) -> str:
    for beginning, code in _BEGINNINGS:
        if head.startswith(beginning) and _is_meant(beginning, head):
            raise Unreadable(code)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _HTML.match(text) or _MHTML.match(text):
        raise Unreadable("file-html")
    if text.startswith(b"<"):
        raise Unreadable("file-html" if _HTML.search(text) else "file-xml")
    if text.startswith(b"["):
        raise Unreadable("file-json-array")
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and _is_binary(head):
        raise Unreadable("file-binary")
    return "ndjson" if text.startswith(b"{") else "csv"


def _is_meant(beginning: bytes, head: bytes) -> bool:
    """BM, MZ and BZh may also begin a text."""
    return len(beginning) > 3 or not head.isascii() or b"\x00" in head


def _is_binary(head: bytes) -> bool:
    """Control characters that no text has; a lone NUL is told with its row instead."""
    strange = sum(head.count(c) for c in (*range(1, 9), *range(14, 32)))
    return strange > len(head) // 50 + 1


def _workbook(names: frozenset[str], path: Path) -> str:
    if any(name.casefold().endswith("vbaproject.bin") for name in names):
        raise Unreadable("file-macros")
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise Unreadable("file-xlsb")
    if any(name.startswith("word/") for name in names):
        raise Unreadable("file-word")
    if any(name.startswith("ppt/") for name in names):
        raise Unreadable("file-presentation")
    if "content.xml" in names and "META-INF/manifest.xml" in names:
        return _open_document(path)
    raise Unreadable("file-archive")


def _open_document(path: Path) -> str:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        manifest = archive.read("META-INF/manifest.xml")
    if b"encryption-data" in manifest:
        raise Unreadable("file-encrypted")
    if b"opendocument.text" in manifest:
        raise Unreadable("file-word")
    if b"opendocument.presentation" in manifest:
        raise Unreadable("file-presentation")
    return "ods"


def _compound(path: Path) -> str:
    """An old Office file: which one, says the name of a stream."""
    found: set[bytes] = set()
    wanted = (_ENCRYPTED, _WORD, _SLIDES, _MACROS, *_SHEETS)
    with path.open("rb") as file:
        before = b""
        while block := file.read(1 << 20):
            found |= {name for name in wanted if name in before + block}
            before = block[-64:]
    if _ENCRYPTED in found:
        raise Unreadable("file-encrypted")
    if _SHEETS[0] not in found:
        if _WORD in found or _SLIDES in found:
            raise Unreadable("file-word" if _WORD in found else "file-presentation")
        if _SHEETS[1] not in found:
            raise Unreadable("file-damaged")
    if _MACROS in found:
        raise Unreadable("file-macros")
    return "xls"

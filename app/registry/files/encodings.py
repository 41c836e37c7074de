"""Which encoding a text file has: its mark, else strict UTF-8, else strict GB18030, for the whole
file; and the form in which its text is kept."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from app.registry.files.faults import Unreadable

UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_GB18030_MARK = b"\x84\x31\x95\x33"
_BLOCK = 1 << 20
_SURELY_UTF8 = 16
_ENOUGH_CHINESE = 8
_USUAL_SHARE = 0.8
_LONGEST_CHARACTER = 4

_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_MOVED = (
    "\ue78d\ufe10\ue78e\ufe12\ue78f\ufe11\ue790\ufe13\ue791\ufe14\ue792\ufe15\ue793\ufe16"
    "\ue794\ufe17\ue795\ufe18\ue796\ufe19\ue81e\u9fb4\ue826\u9fb5\ue82b\u9fb6\ue82c\u9fb7"
    "\ue832\u9fb8\ue843\u9fb9\ue854\u9fba\ue864\u9fbb\ue7c7\u1e3f"
    "\ue816\U00020087\ue817\U00020089\ue818\U000200cc\ue831\U000215d7\ue83b\U0002298f"
    "\ue855\U000241fe"
)
_FROM_PRIVATE = dict(zip(map(ord, _MOVED[::2]), _MOVED[1::2], strict=True))
"""Private-use code points of GB 18030-2000 -> where Unicode has them by GB 18030-2022."""
_PRIVATE = re.compile(f"[{_MOVED[::2]}]")


class WrongEncoding(Exception):
    """The file does not have the encoding that was tried; `offset` of the first wrong byte."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        super().__init__(f"offset {offset}")


@dataclass(frozen=True, slots=True)
class Encoding:
    """What to decode with, and how many bytes of a mark stand in front."""

    name: str
    mark: int = 0


def candidates(path: Path) -> list[Encoding]:
    """The encodings to be tried on a file, in turn. Raises Unreadable for UTF-16."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(UTF8_MARK):
        return [Encoding("utf-8-sig", len(UTF8_MARK))]
    if head.startswith(_GB18030_MARK):
        return [Encoding("gb18030", len(_GB18030_MARK))]
    if head.startswith(_UTF16_MARKS) or (b"\x00" in head and head.replace(b"\x00", b"").isascii()):
        raise Unreadable("encoding-utf16")
    return [Encoding("utf-8"), Encoding("gb18030")]


def decoded(data: bytes, encoding: Encoding, offset: int) -> str:
    """Text of whole lines that stand at `offset` of their file. Raises WrongEncoding."""
    try:
        text = data.decode("gb18030" if encoding.name == "gb18030" else "utf-8")
    except UnicodeDecodeError as error:
        raise WrongEncoding(offset + error.start) from None
    return text if text.isascii() else normalised(text)


def normalised(text: str) -> str:
    """In NFC, and with the characters that GB 18030-2022 took out of the private use area."""
    if _PRIVATE.search(text):
        text = text.translate(_FROM_PRIVATE)
    return unicodedata.normalize("NFC", text)


def refusal(path: Path, tried: Encoding, wrong: int, before: int | None) -> Unreadable:
    """Why no encoding fits: the last one tried is wrong at offset `wrong`, UTF-8 `before`."""
    offset = wrong if before is None else before
    if path.stat().st_size - offset < _LONGEST_CHARACTER:
        return Unreadable("encoding-cut", row_at(path, offset))
    if tried.name != "gb18030" or seems_utf8(path, offset):
        return Unreadable("encoding-mixed", row_at(path, offset))
    return Unreadable("encoding-unknown", row_at(path, wrong))


def row_at(path: Path, offset: int) -> int:
    """The row that the byte at an offset belongs to."""
    with path.open("rb") as file:
        row, left = 1, offset
        while left > 0 and (block := file.read(min(_BLOCK, left))):
            row += block.count(b"\n")
            left -= len(block)
    return row


def seems_utf8(path: Path, offset: int) -> bool:
    """Whether so much before the offset is UTF-8 that the file is damaged, not of another
    encoding."""
    with path.open("rb") as file:
        head = file.read(min(offset, _BLOCK)).decode(errors="ignore")
    return sum(not c.isascii() for c in head[:_BLOCK]) >= _SURELY_UTF8


def is_ambiguous(path: Path, encoding: Encoding) -> bool:
    """Whether a person should look at the sample rows: without a mark, a few characters that both
    encodings allow could be of either, and rare ones may be of a third (Big5)."""
    if encoding.mark:
        return False
    chinese, ascii_only = 0, True
    with path.open("rb") as file:
        while block := file.readlines(_BLOCK):
            data = b"".join(block)
            if data.isascii():
                continue
            ascii_only = False
            found = _CHINESE.findall(data.decode(encoding.name, errors="ignore"))
            chinese += len(found)
            if chinese >= _ENOUGH_CHINESE:
                return encoding.name == "gb18030" and not _are_usual(found)
    return not ascii_only and (encoding.name == "gb18030" or _also_gb18030(path))


def _are_usual(characters: list[str]) -> bool:
    """Whether nearly all of them are in GB 2312, as those of real Chinese text are."""
    some = characters[:2000]
    usual = sum(bool(c.encode("gb2312", errors="ignore")) for c in some)
    return usual >= len(some) * _USUAL_SHARE


def _also_gb18030(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            for line in file:
                line.decode("gb18030")
        except UnicodeDecodeError:
            return False
    return True

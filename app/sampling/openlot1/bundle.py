"""The evidence bundle as a container: names, SHA256SUMS, and the zip (draw-spec 9)."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import IO

from app.sampling.openlot1.commitment import PART_NAME
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.hashing import sha256_hex

SUMS = "SHA256SUMS"
AUDIT_TARGET = "audit-target"
PUBLIC_SEALED = "public-sealed"
INSPECTOR_DRAW = "inspector"
PUBLIC_CAMPAIGN = "public-campaign"
AUDIT_CAMPAIGN = "audit-campaign"

PUBLISHED = "published.tsv"
PART_FILES = ("excluded.tsv", "frame.tsv", "reserves.tsv", "result.json", "selected.tsv")

MAX_MEMBER_BYTES = 512 * 2**20
MAX_TOTAL_BYTES = 1024 * 2**20
MAX_MEMBERS = 1000  # thirty parts have 150 files
MAX_INPUT_MEMBERS = 64
MAX_DIRECTORY_BYTES = 2**20

_COMMON = [
    "VERIFY.md",
    "commitment.json",
    "log/committed.proof",
    "log/consistency.proof",
    "log/drawn.proof",
    "log/frozen.proof",
    "log/seeded.proof",
    "seed.txt",
    "verify.py",
]
_OWN = {
    AUDIT_TARGET: PART_FILES,
    PUBLIC_SEALED: (PUBLISHED,),
    INSPECTOR_DRAW: ("assignment.json", "assignment.tsv", "result.json"),
    PUBLIC_CAMPAIGN: (),
    AUDIT_CAMPAIGN: (),
}
_OF_A_PART = {PUBLIC_CAMPAIGN: (PUBLISHED,), AUDIT_CAMPAIGN: PART_FILES}
_ALL = {SUMS, *_COMMON, *(name for names in _OWN.values() for name in names)}
_SOURCE = re.compile(r"sources/[1-9][0-9]?-[a-z0-9]{1,16}\.json")
_PART_FILE = re.compile(
    rf"(parts/[1-9][0-9]{{0,3}}-{PART_NAME.pattern}/)({'|'.join(PART_FILES)}|{PUBLISHED})"
)
# What a commitment holds in its canonical form, where quotes inside of texts are escaped.
_CAMPAIGN = b'"parts":['
_SEALED = b'"sealed":true'
_SUM_LINE = re.compile(r"([0-9a-f]{64})  ([!-~]+)")

# A changed file changes about 60 of the 64 characters of its digest; an edit of the digest few.
_EDITED_CHARACTERS = 8
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_DEFLATE_LEVEL = 6
_ENCRYPTED = 0x1
# What zipfile raises on bytes that are no sound zip.
ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def part_folder(number: int, name: str) -> str:
    """Where the files of a campaign's part lie; a plain draw, whose part has no name, has none."""
    return f"parts/{number}-{name}/" if name else ""


def kind_of(members: Mapping[str, bytes]) -> str:
    """Which of the bundles this is: the one whose own members differ least from these.

    Told by names, since any content, the commitment's too, may be what is wrong; where names
    leave it open, the commitment decides.
    """
    own = {name for kind in _OWN.values() for name in kind}
    own = {name for name in members if name in own or _PART_FILE.fullmatch(name)}
    commitment = members.get("commitment.json", b"")
    campaign, sealed = _CAMPAIGN in commitment, _SEALED in commitment
    return min(
        _OWN,
        key=lambda kind: (
            _distance(own, kind),
            (kind in _OF_A_PART) != campaign,
            (kind in {PUBLIC_SEALED, PUBLIC_CAMPAIGN}) != sealed,
        ),
    )


def check_names(names: Iterable[str], kind: str) -> None:
    """Refuses a bundle with a member too many or too few.

    Sources and parts are counted later, since only the commitment says how many there are.
    """
    present = set(names)
    required = {SUMS, *_COMMON, *_OWN[kind]}
    for name in sorted(present - required):
        file = _PART_FILE.fullmatch(name)
        if not (_SOURCE.fullmatch(name) or (file and file[2] in _OF_A_PART.get(kind, ()))):
            raise refusal("member-extra", name, "does not belong here", "不属于此证据包")
    for name in sorted(required - present):
        raise refusal("member-absent", name, "is missing", "缺失")


def check_parts(names: Iterable[str], kind: str, folders: Iterable[str]) -> None:
    """Refuses a campaign's bundle in which `folders` are not all the parts, each complete."""
    found = {name for name in names if name.startswith("parts/")}
    wanted = {folder + file for folder in folders for file in _OF_A_PART.get(kind, ())}
    for name in sorted(wanted - found):
        raise refusal("member-absent", name, "is missing", "缺失")
    for name in sorted(found - wanted):
        raise refusal("member-extra", name, "is of no part of the draw", "不属于此次抽取的任何部分")


def _distance(own: set[str], kind: str) -> int:
    """How many of the members that tell kinds apart would have to come or go."""
    if kind not in _OF_A_PART:
        return len(own.symmetric_difference(_OWN[kind]))
    files = _OF_A_PART[kind]
    wanted = {folder + file for folder in _folders(own) for file in files}
    return len(own ^ wanted) if wanted else len(own) + 1


def _folders(names: Iterable[str]) -> set[str]:
    return {found[1] for found in map(_PART_FILE.fullmatch, names) if found}


def sums_text(members: Mapping[str, bytes]) -> bytes:
    """SHA256SUMS over every other member, as `sha256sum -c` reads it."""
    names = sorted(name for name in members if name != SUMS)
    return "".join(f"{sha256_hex(members[name])}  {name}\n" for name in names).encode("ascii")


def check_sums(members: Mapping[str, bytes]) -> None:
    """Names the first member whose digest differs, or SHA256SUMS where that was edited itself."""
    listed = _parse_sums(members[SUMS])
    _check_listed([name for name, _ in listed], {name for name in members if name != SUMS})
    for name, digest in listed:
        computed = sha256_hex(members[name])
        different = sum(a != b for a, b in zip(digest, computed, strict=True))
        if different > _EDITED_CHARACTERS:
            raise refusal(
                "sums-differ",
                name,
                f"has SHA-256 {computed}, SHA256SUMS says {digest}",
                f"的 SHA-256 为 {computed}，SHA256SUMS 为 {digest}",
            )
        if different:
            raise refusal(
                "sums-edited", SUMS, f"was edited in the line of {name}", f"中 {name} 一行被改动"
            )


def _check_listed(listed: list[str], present: set[str]) -> None:
    missing, unlisted = set(listed) - present, present - set(listed)
    # An edit of SHA256SUMS changes a name; it does not make one come or go.
    if missing and not unlisted:
        raise refusal("member-absent", min(missing), "is missing", "缺失")
    if unlisted and not missing and all(map(_counted_later, unlisted)):
        raise refusal("member-extra", min(unlisted), "does not belong here", "不属于此证据包")
    if listed != sorted(present):
        raise refusal(
            "sums-names",
            SUMS,
            "does not list every other member in order",
            "未按序列出其他全部成员",
        )


def _counted_later(name: str) -> bool:
    return bool(_SOURCE.fullmatch(name) or _PART_FILE.fullmatch(name))


def write_bundle(members: Mapping[str, bytes]) -> bytes:
    """The zip of the members with SHA256SUMS (made anew), the same bytes for the same members.

    Refuses a set of names that is none of the bundles.
    """
    complete = {**members, SUMS: sums_text(members)}
    kind = kind_of(complete)
    check_names(complete, kind)
    check_parts(complete, kind, _folders(complete))
    return write_zip(complete)


def write_zip(members: Mapping[str, bytes]) -> bytes:
    """A zip of just these members, sorted by name, with fixed times (draw-spec 9)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, FIXED_TIME)
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, members[name], zipfile.ZIP_DEFLATED, _DEFLATE_LEVEL)
    return target.getvalue()


def read_bundle(
    source: bytes | IO[bytes],
    *,
    max_member_bytes: int = MAX_MEMBER_BYTES,
    max_total_bytes: int = MAX_TOTAL_BYTES,
    max_parsed_bytes: int = MAX_MEMBER_BYTES,
) -> dict[str, bytes]:
    """The members of a zip, decompressed within the caps whatever its headers claim.

    `max_parsed_bytes` caps every member but the lists: parsed JSON takes many times its size.
    A damaged, encrypted, nested, absolute, duplicate or unknown member is refused by its name.
    """
    with opened(source) as archive:
        check_entries(archive.infolist(), _belongs, MAX_MEMBERS)
        members: dict[str, bytes] = {}
        left = max_total_bytes
        for info in archive.infolist():
            own = max_member_bytes if info.filename.endswith(".tsv") else max_parsed_bytes
            data = read_member(archive, info, min(max_member_bytes, own, left))
            members[info.filename] = data
            left -= len(data)
    return members


def read_zip(source: bytes | IO[bytes], caps: Mapping[str, int]) -> dict[str, bytes]:
    """The members of a zip that must hold those of `caps` and no other, in any order.

    `caps` gives the most bytes of each. Refuses what `read_bundle` refuses, and a missing member.
    """
    with opened(source) as archive:
        entries = archive.infolist()
        check_entries(entries, caps.__contains__, MAX_INPUT_MEMBERS)
        for name in sorted(caps.keys() - {info.filename for info in entries}):
            raise refusal("member-absent", name, "is missing", "缺失")
        return {info.filename: read_member(archive, info, caps[info.filename]) for info in entries}


class _Directory:
    """A zip whose directory is read only if it is small: zipfile makes an object of each entry."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int = -1, /) -> bytes:
        if size > MAX_DIRECTORY_BYTES:
            raise DrawError("zip-too-many", "too many members", "成员过多")
        return self._stream.read(size)


def opened(source: bytes | IO[bytes]) -> zipfile.ZipFile:
    """The zip, once its directory was found to be of a sensible size.

    Raises DrawError for what is no zip."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        zipfile.ZipFile(_Directory(stream)).close()
        return zipfile.ZipFile(stream)
    except DrawError:
        raise
    except ZIP_FAULTS as error:
        raise DrawError("zip-damaged", f"not a zip: {error}", f"不是 zip 文件：{error}") from None


def _belongs(name: str) -> bool:
    return name in _ALL or _counted_later(name)


def check_entries(
    entries: list[zipfile.ZipInfo], belongs: Callable[[str], bool], most: int
) -> None:
    """Refuses too many members, one that does not belong, comes twice, is encrypted or packed in
    another way than stored or deflated."""
    if len(entries) > most:
        raise DrawError("zip-too-many", "too many members", "成员过多")
    seen: set[str] = set()
    for info in entries:
        name = info.filename
        if not belongs(name):
            raise refusal("member-extra", name, "does not belong here", "不属于此证据包")
        # The name as stored may hold a NUL or backslash that zipfile has already rewritten.
        if name in seen or info.orig_filename != name:
            raise refusal("member-twice", name, "occurs twice", "重复出现")
        if info.flag_bits & _ENCRYPTED:
            raise refusal("member-encrypted", name, "is encrypted", "已加密")
        # Other methods may ask for gigabytes before they give one byte.
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise refusal(
                "member-compression", name, "is neither stored nor deflated", "压缩方式不受支持"
            )
        seen.add(name)


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, cap: int) -> bytes:
    """A member of at most `cap` bytes, whatever its header says; refuses a damaged one."""
    if info.file_size > cap:
        raise refusal("member-too-large", info.filename, "is too large", "过大")
    try:
        with archive.open(info) as stream:
            data = stream.read(cap + 1)
    except ZIP_FAULTS as error:
        raise refusal(
            "member-damaged", info.filename, f"is damaged: {error}", f"已损坏：{error}"
        ) from None
    # zipfile gives at most what the directory promises, and without complaint less.
    if len(data) != info.file_size:
        raise refusal("member-damaged", info.filename, "is cut off", "不完整")
    return data


def _parse_sums(data: bytes) -> list[tuple[str, str]]:
    lines = data.decode("ascii", "replace").split("\n")
    open_end = lines.pop()
    listed = []
    for number, line in enumerate(lines, start=1):
        match = _SUM_LINE.fullmatch(line)
        if not match:
            raise DrawError("sums-malformed", "malformed", "格式错误", member=SUMS, line=number)
        listed.append((match[2], match[1]))
    if open_end:
        raise refusal("sums-malformed", SUMS, "lacks its last LF", "末行缺少换行符")
    return listed


def refusal(code: str, member: str, en: str, zh: str) -> DrawError:
    """What is wrong with a member."""
    return DrawError(code, en, zh, member=member)

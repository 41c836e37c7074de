"""Zips whose large members never lie in memory: one is unpacked to a file, files are packed."""

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from app.sampling.openlot1.bundle import (
    FIXED_TIME,
    MAX_INPUT_MEMBERS,
    ZIP_FAULTS,
    check_entries,
    opened,
    read_member,
    refusal,
)

_BLOCK_BYTES = 1 << 20


def unpack(
    source: IO[bytes],
    caps: Mapping[str, int],
    *,
    large: str,
    max_lines: int,
    target: Path,
) -> dict[str, bytes]:
    """The members of a zip that must hold those of `caps` and no other, but for `large`, which
    goes to the file `target` and has at most `max_lines` lines.

    Refuses what `bundle.read_zip` refuses, whatever the headers claim, before anything too large
    is written.
    """
    with opened(source) as archive:
        entries = archive.infolist()
        check_entries(entries, caps.__contains__, MAX_INPUT_MEMBERS)
        for name in sorted(caps.keys() - {info.filename for info in entries}):
            raise refusal("member-absent", name, "is missing", "缺失")
        small = {}
        for info in entries:
            name = info.filename
            if name == large:
                _unpack_member(archive, info, cap=caps[name], max_lines=max_lines, target=target)
            else:
                small[name] = read_member(archive, info, caps[name])
        return small


def pack(files: Iterable[Path], target: IO[bytes]) -> None:
    """The zip that `bundle.write_zip` makes of these files, each a member of its own name."""
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(files, key=lambda file: file.name):
            info = zipfile.ZipInfo(file.name, FIXED_TIME)
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED  # by its own default, which is level 6
            info.file_size = file.stat().st_size
            with file.open("rb") as data, archive.open(info, "w") as member:
                while block := data.read(_BLOCK_BYTES):
                    member.write(block)


def _unpack_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, cap: int, max_lines: int, target: Path
) -> None:
    name = info.filename
    if info.file_size > cap:
        raise refusal("member-too-large", name, "is too large", "过大")
    size = lines = 0
    with target.open("wb") as file:
        for block in _blocks(archive, info):
            size += len(block)
            lines += block.count(b"\n")
            if lines > max_lines:
                raise refusal(
                    "member-too-large",
                    name,
                    f"has more than {max_lines} lines",
                    f"超过 {max_lines} 行",
                )
            file.write(block)
    # zipfile gives at most what the directory promises, and without complaint less.
    if size != info.file_size:
        raise refusal("member-damaged", name, "is cut off", "不完整")


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a member; only faults of the zip are put down to it."""
    with ExitStack() as stack:
        with _blaming(info.filename):
            stream = stack.enter_context(archive.open(info))
        while True:
            with _blaming(info.filename):
                block = stream.read(_BLOCK_BYTES)
            if not block:
                return
            yield block


@contextmanager
def _blaming(member: str) -> Iterator[None]:
    try:
        yield
    except ZIP_FAULTS as error:
        raise refusal(
            "member-damaged", member, f"is damaged: {error}", f"已损坏：{error}"
        ) from None

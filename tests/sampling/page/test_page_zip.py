"""Zips that are damaged, crafted or merely odd, put into the verifier's page."""

import io
import struct
import zipfile

import pytest
from browser import Verifier
from verifier import complete

MEMBERS, KEY = complete("open")
NAME = "frame.tsv"


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, level: int = 6) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method, compresslevel=level) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def entry(data: bytes, name: str) -> tuple[int, int]:
    """Where the local header and the central record of a member begin."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        local = archive.getinfo(name).header_offset
        start = archive.start_dir
    return local, data.index(name.encode(), start) - 46


async def failure(verifier: Verifier, data: bytes) -> tuple[str, str]:
    report = (await verifier.verify([data]))[0]
    assert not report["ok"]
    return report["failure"]["member"], report["failure"]["en"]


@pytest.mark.parametrize(
    ("method", "level"),
    [(zipfile.ZIP_STORED, 0), *((zipfile.ZIP_DEFLATED, level) for level in (0, 1, 6, 9))],
)
async def test_every_usual_packing_is_read(method: int, level: int, verifier: Verifier) -> None:
    report = (await verifier.verify([packed(MEMBERS, method, level)], KEY))[0]
    assert report["ok"], report["failure"]


async def test_entries_written_as_a_stream_are_read(verifier: Verifier) -> None:
    class Stream(io.RawIOBase):
        """Takes bytes and cannot go back, so that sizes follow the data."""

        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:
            self.data += data
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in MEMBERS.items():
            archive.writestr(name, data)
    assert (await verifier.verify([bytes(stream.data)], KEY))[0]["ok"]


async def test_damage_is_named_by_its_member(verifier: Verifier) -> None:
    data = packed(MEMBERS)
    local, central = entry(data, NAME)
    content = local + 30 + len(NAME)
    assert data[content - len(NAME) : content] == NAME.encode()
    changes = {
        "header": (local + 2, b"\xff"),
        "content": (content + 20, bytes([data[content + 20] ^ 0xFF])),
        "other name": (content - 1, b"w"),
        "checksum": (central + 16, bytes([data[central + 16] ^ 1])),
        "encrypted": (central + 8, b"\x01"),
        "method": (central + 10, b"\x09"),
        "size": (central + 24, struct.pack("<I", len(MEMBERS[NAME]) + 1)),
        "smaller": (central + 24, struct.pack("<I", len(MEMBERS[NAME]) - 1)),
    }
    for what, (at, new) in changes.items():
        member, text = await failure(verifier, patched(data, at, new))
        assert (member, text.split(":")[0]) == (NAME, "damaged in the zip"), what


async def test_sizes_are_capped_before_anything_is_made(verifier: Verifier) -> None:
    data = packed(MEMBERS)
    for name, size in ((NAME, 2**30 + 1), ("verify.py", 2**26 + 1), (NAME, 2**32 - 1)):
        _, central = entry(data, name)
        huge = patched(data, central + 24, struct.pack("<I", size))
        assert await failure(verifier, huge) == (name, "too large, or too many members")
    _, central = entry(data, NAME)
    bomb = patched(data, central + 24, struct.pack("<I", 2**29))
    assert await failure(verifier, bomb) == (NAME, "damaged in the zip: size")
    many = packed({f"m{n}": b"" for n in range(1001)})
    assert await failure(verifier, many) == ("m1000", "too large, or too many members")


async def test_names_that_do_not_belong(verifier: Verifier) -> None:
    for bad in ("../x", "/etc/x", "log/a/b", "a\\b", "log/", "x/y", ".", "a\nb", "parts/1-a/b/c"):
        member, text = await failure(verifier, packed({bad: b""} | MEMBERS))
        assert (member, text) == (bad.replace("\n", "↵"), "bad or repeated member name")
    data = packed(MEMBERS | {"seed.txu": b""}).replace(b"seed.txu", b"seed.txt")
    assert await failure(verifier, data) == ("seed.txt", "bad or repeated member name")


async def test_two_members_in_the_same_bytes(verifier: Verifier) -> None:
    data = packed(MEMBERS)
    local, _ = entry(data, "seed.txt")
    _, central = entry(data, "verify.py")
    shared = patched(data, central + 42, struct.pack("<I", local))
    assert (await failure(verifier, shared))[0] == "verify.py"


async def test_what_is_no_zip(verifier: Verifier) -> None:
    data = packed(MEMBERS)
    for content in (b"", b"PK", data[:-30], data[:-1], data + b"x", b"x" + data, b"\x00" * 100):
        member, text = await failure(verifier, content)
        assert (member, text.split(":")[0]) == ("bundle.zip", "not a readable zip")

"""Zips that no operation of the draw takes, however their headers lie."""

import random
import struct
import zipfile
import zlib

import pytest
from calls import (
    APPS,
    ASSIGNMENTS,
    DRAWS,
    REPLAYS,
    TARGETS,
    client_of,
    post,
    refusal,
    target_files,
    zipped,
)

from app.sampling.openlot1.bundle import write_zip

SEED = target_files(TARGETS[0])["seed.txt"]

GOOD = zipped(target_files(TARGETS[0]).items())


@pytest.fixture(params=APPS)
async def http(request):
    async with client_of(APPS[request.param]()) as client:
        yield client


def patched(data, *, central=(), local=()):
    """The zip with bytes of the first directory entry and the first local header replaced."""
    changed = bytearray(data)
    for mark, edits in ((b"PK\x01\x02", central), (b"PK\x03\x04", local)):
        start = changed.index(mark)
        for offset, value in edits:
            changed[start + offset : start + offset + len(value)] = value
    return bytes(changed)


def with_first(member, data, **options):
    """A zip of the files of a draw whose first entry is this member with this content."""
    others = [(m, d) for m, d in target_files(TARGETS[0]).items() if m != member]
    return zipped([(member, data), *others], **options)


def directory_bomb():
    """A zip whose directory has 30,000 entries."""
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<H", 1) + bytes(16) + b"a"
    entries = entry * 30_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(entries), 0, 0)
    return entries + end


def short_deflate(data):
    """A zip whose first member, deflated, promises one byte more than comes."""
    changed = with_first("seed.txt", data, method=zipfile.ZIP_DEFLATED)
    return patched(changed, central=[(24, struct.pack("<L", len(data) + 1))])


BAD_ZIPS = {
    "empty": (b"", "zip-damaged", None),
    "no zip": (b"frame" * 1000, "zip-damaged", None),
    "JSON": (b"{}", "zip-damaged", None),
    "gzip": (zlib.compress(GOOD, wbits=31), "zip-damaged", None),
    "cut off": (GOOD[:-30], "zip-damaged", None),
    "first half": (GOOD[: len(GOOD) // 2], "zip-damaged", None),
    "no members": (zipped([]), "member-absent", "commitment.json"),
    "member missing": (
        zipped([(m, d) for m, d in target_files(TARGETS[0]).items() if m != "seed.txt"]),
        "member-absent",
        "seed.txt",
    ),
    "member extra": (
        zipped([*target_files(TARGETS[0]).items(), ("notes.txt", b"")]),
        "member-extra",
        "notes.txt",
    ),
    "excluded.tsv too": (
        zipped([*target_files(TARGETS[0]).items(), ("excluded.tsv", b"")]),
        "member-extra",
        "excluded.tsv",
    ),
    "member twice": (
        zipped([*target_files(TARGETS[0]).items(), ("seed.txt", SEED)]),
        "member-twice",
        "seed.txt",
    ),
    "nested": (
        zipped([(f"draw/{m}", d) for m, d in target_files(TARGETS[0]).items()]),
        "member-extra",
        "draw/commitment.json",
    ),
    "folder entry": (with_first("draw/", b""), "member-extra", "draw/"),
    "climbing": (with_first("../seed.txt", b""), "member-extra", "../seed.txt"),
    "absolute": (with_first("/seed.txt", b""), "member-extra", "/seed.txt"),
    "other case": (with_first("SEED.TXT", b""), "member-extra", "SEED.TXT"),
    "many members": (zipped([(f"{n}.txt", b"") for n in range(65)]), "zip-too-many", None),
    "huge directory": (directory_bomb(), "zip-too-many", None),
    "encrypted": (
        patched(GOOD, central=[(8, b"\x01")], local=[(6, b"\x01")]),
        "member-encrypted",
        "commitment.json",
    ),
    "bzip2": (
        with_first("seed.txt", SEED, method=zipfile.ZIP_BZIP2),
        "member-compression",
        "seed.txt",
    ),
    "lzma": (
        with_first("seed.txt", SEED, method=zipfile.ZIP_LZMA),
        "member-compression",
        "seed.txt",
    ),
    "wrong CRC": (patched(GOOD, central=[(16, b"1234")]), "member-damaged", "commitment.json"),
    "promises more": (short_deflate(SEED), "member-damaged", "seed.txt"),
    "header far away": (
        patched(GOOD, central=[(42, b"\xff\xff\xff\x7f")]),
        "member-damaged",
        "commitment.json",
    ),
    "huge as declared": (
        patched(GOOD, central=[(20, b"\xff\xff\xff\x7f"), (24, b"\xff\xff\xff\x7f")]),
        "member-too-large",
        "commitment.json",
    ),
    "bomb": (
        with_first("seed.txt", bytes(40 * 2**20), method=zipfile.ZIP_DEFLATED),
        "member-too-large",
        "seed.txt",
    ),
    "frame that is a bomb": (
        patched(
            with_first("frame.tsv", bytes(40 * 2**20), method=zipfile.ZIP_DEFLATED),
            central=[(24, struct.pack("<L", 2**31 + 1))],
        ),
        "member-too-large",
        "frame.tsv",
    ),
    "frame that is cut off": (
        patched(
            with_first("frame.tsv", bytes(2**20), method=zipfile.ZIP_DEFLATED),
            central=[(24, struct.pack("<L", 2**20 + 1))],
        ),
        "member-damaged",
        "frame.tsv",
    ),
    "frame that is longer": (
        patched(
            with_first("frame.tsv", bytes(2**22), method=zipfile.ZIP_DEFLATED),
            central=[(24, struct.pack("<L", 2**20))],
        ),
        "member-damaged",
        "frame.tsv",
    ),
    "frame with a wrong CRC": (
        patched(with_first("frame.tsv", bytes(2**21)), central=[(16, b"1234")]),
        "member-damaged",
        "frame.tsv",
    ),
    "frame twice": (
        zipped([*target_files(TARGETS[0]).items(), ("frame.tsv", b"")]),
        "member-twice",
        "frame.tsv",
    ),
    "bomb that lies": (
        patched(
            with_first("seed.txt", bytes(40 * 2**20), method=zipfile.ZIP_DEFLATED),
            central=[(24, struct.pack("<L", 100))],
        ),
        "member-damaged",
        "seed.txt",
    ),
}


@pytest.mark.parametrize("why", BAD_ZIPS)
async def test_bad_zips(why, http):
    body, code, member = BAD_ZIPS[why]
    answer = await post(http, DRAWS, body)
    assert refusal(answer) == code
    assert [one["pointer"] for one in answer.json()["errors"]] == [member]
    assert answer.json()["error_count"] == 1


@pytest.mark.parametrize("path", [DRAWS, ASSIGNMENTS, REPLAYS])
async def test_bad_zips_are_refused_by_every_operation(path, http):
    for why in ("no zip", "cut off", "huge directory", "nested", "encrypted"):
        body, code, _ = BAD_ZIPS[why]
        assert refusal(await post(http, path, body)) == code


async def test_damaged_requests_never_break_the_service(http):
    """Any edit of a good request is refused with a code, or changes nothing."""
    good = write_zip(target_files(TARGETS[0]))
    expected = (await post(http, DRAWS, good)).content
    chance = random.Random("damage")
    for _ in range(150):
        changed = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            at = chance.choice([chance.randrange(len(good)), -chance.randrange(1, 250)])
            changed[at] = chance.choice([0, 0xFF, chance.randrange(256)])
        answer = await post(http, DRAWS, bytes(changed))
        if answer.status_code == 200:
            assert answer.content == expected
        else:
            refusal(answer)

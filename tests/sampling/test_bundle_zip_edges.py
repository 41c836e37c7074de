"""The edges of the zip in bytes: what is written, what is read within the caps, what is refused."""

import hashlib
import io
import random
import struct
import sys
import tempfile
import zipfile
import zlib
from unittest import mock

import pytest

from app.sampling.openlot1.bundle import read_bundle, read_zip, write_zip
from app.sampling.openlot1.errors import DrawError


def refusal(call, *given, **options):
    """(code, member, line) of what is refused."""
    with pytest.raises(DrawError) as caught:
        call(*given, **options)
    return caught.value.code, caught.value.member, caught.value.line


def test_the_zip_in_bytes():
    data = write_zip({"b": b"bb" * 900 + b"x" * 99, "a": b""})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == ["a", "b"]
    for info in infos:
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert (info.create_system, info.external_attr) == (3, 0o100644 << 16)
        assert (info.compress_type, info.comment, info.extra) == (8, b"", b"")
    with mock.patch.object(sys, "platform", "win32"):
        assert write_zip({"b": b"bb" * 900 + b"x" * 99, "a": b""}) == data
    # At level 6, which finds other matches here than the levels beside it.
    chance = random.Random("words")
    words = [bytes(chance.choices(b"abcde", k=chance.randint(2, 7))) for _ in range(60)]
    text = b"".join(chance.choices(words, k=6000))
    packed = {level: deflated(text, level) for level in (5, 6, 7)}
    assert len(set(packed.values())) == 3
    assert packed[6] in write_zip({"a": text})


def deflated(data, level):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def test_the_caps_of_what_is_read():
    members = {"frame.tsv": b"x" * 100, "result.json": b"y" * 100, "seed.txt": b"z" * 10}
    data = write_zip(members)
    assert read_bundle(data, max_member_bytes=100, max_total_bytes=210) == members
    assert read_bundle(io.BytesIO(data), max_parsed_bytes=100) == members
    large = "member-too-large"
    for caps, name in (
        ({"max_member_bytes": 99}, "frame.tsv"),
        ({"max_parsed_bytes": 99}, "result.json"),
        ({"max_member_bytes": 99, "max_parsed_bytes": 200}, "frame.tsv"),
        ({"max_total_bytes": 99}, "frame.tsv"),
        ({"max_total_bytes": 199}, "result.json"),
        ({"max_total_bytes": 209}, "seed.txt"),
    ):
        assert refusal(read_bundle, data, **caps) == (large, name, None)
    lists = write_zip({"result.json": b"y" * 100})
    assert refusal(read_bundle, lists, max_member_bytes=99) == (large, "result.json", None)
    with pytest.raises(DrawError) as caught:
        read_bundle(data, max_total_bytes=199)
    assert caught.value.en == "is too large"


def test_an_input_zip():
    data = write_zip({"a": b"1", "b": b"22"})
    assert read_zip(data, {"a": 1, "b": 2}) == {"a": b"1", "b": b"22"}
    assert refusal(read_zip, data, {"a": 1, "b": 1}) == ("member-too-large", "b", None)
    assert refusal(read_zip, data, {"a": 1}) == ("member-extra", "b", None)
    caps = {"a": 1, "b": 2, "d": 0, "c": 0} | {f"e{number}": 0 for number in range(40)}
    assert refusal(read_zip, data, caps) == ("member-absent", "c", None)
    assert refusal(read_zip, data, dict(reversed(caps.items()))) == ("member-absent", "c", None)


def test_how_many_members_there_may_be():
    for count in (64, 65):
        many = {f"n{number}": b"" for number in range(count)}
        caps = dict.fromkeys(many, 0)
        if count == 64:
            assert read_zip(write_zip(many), caps) == many
        else:
            assert refusal(read_zip, write_zip(many), caps) == ("zip-too-many", None, None)
    many = {f"parts/{number}-a/frame.tsv": b"" for number in range(1, 1001)}
    assert read_bundle(write_zip(many)) == many
    found = refusal(read_bundle, write_zip(many | {"seed.txt": b""}))
    assert found == ("zip-too-many", None, None)


def with_comments(size):
    """A zip of seventeen members whose directory has this size."""
    target = io.BytesIO()
    left = size - 17 * (46 + len("parts/10-a/frame.tsv"))
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(10, 27):
            info = zipfile.ZipInfo(f"parts/{number}-a/frame.tsv", (1980, 1, 1, 0, 0, 0))
            info.comment = b"c" * min(left, 65_535)
            left -= len(info.comment)
            archive.writestr(info, b"")
    assert left == 0
    return target.getvalue()


def test_how_large_the_directory_may_be():
    assert len(read_bundle(with_comments(2**20))) == 17
    found = refusal(read_bundle, with_comments(2**20 + 1))
    assert found == ("zip-too-many", None, None)
    # A comment of the whole zip stands behind the directory.
    target = io.BytesIO(write_zip({"seed.txt": b"1"}))
    with zipfile.ZipFile(target, "a") as archive:
        archive.comment = b"c" * 60_000
    assert read_bundle(target.getvalue()) == {"seed.txt": b"1"}
    assert read_bundle(b"before" + target.getvalue()) == {"seed.txt": b"1"}
    with tempfile.TemporaryFile() as file:
        file.write(target.getvalue())
        assert read_bundle(file) == {"seed.txt": b"1"}


def patched(data, mark, offset, value):
    """The zip with other bytes at this place of the header that begins with this mark."""
    at = data.rindex(mark) + offset
    return data[:at] + value + data[at + len(value) :]


LOCAL, ENTRY = b"PK\x03\x04", b"PK\x01\x02"


def test_entries_that_are_refused():
    data = write_zip({"frame.tsv": b"x" * 50, "seed.txt": b"y" * 50})
    encrypted = patched(data, ENTRY, 8, b"\x01")
    assert refusal(read_bundle, encrypted) == ("member-encrypted", "seed.txt", None)
    for method in (12, 14, 9, 1):
        other = patched(data, ENTRY, 10, struct.pack("<H", method))
        assert refusal(read_bundle, other) == ("member-compression", "seed.txt", None)
    # Other flags are not that of encryption.
    assert read_bundle(patched(data, ENTRY, 8, b"\x02")).keys() == {"frame.tsv", "seed.txt"}
    # A NUL ends the name for zipfile; as stored it is another name.
    cut = write_zip({"seed.txt~": b"y"}).replace(b"seed.txt~", b"seed.txt\0")
    assert refusal(read_bundle, cut) == ("member-twice", "seed.txt", None)
    again = write_zip({"frame.tsv": b"x", "frame.tsw": b"y"}).replace(b"frame.tsw", b"frame.tsv")
    assert refusal(read_bundle, again) == ("member-twice", "frame.tsv", None)
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("seed.txt", b"stored")
    assert read_bundle(stored.getvalue()) == {"seed.txt": b"stored"}


def test_members_that_are_damaged():
    text = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(4))
    data = write_zip({"seed.txt": text})
    damaged = ("member-damaged", "seed.txt", None)
    for size in (len(text) + 1, len(text) - 1):
        assert refusal(read_bundle, patched(data, ENTRY, 24, struct.pack("<I", size))) == damaged
    # The checksum, the packed bytes, the header before them, and its place.
    assert refusal(read_bundle, patched(data, ENTRY, 16, b"\0\0\0\0")) == damaged
    start = 30 + len("seed.txt")
    assert refusal(read_bundle, data[:start] + b"\xff" + data[start + 1 :]) == damaged
    assert refusal(read_bundle, patched(data, LOCAL, 0, b"PK\x03\x05")) == damaged
    assert refusal(read_bundle, patched(data, ENTRY, 20, struct.pack("<I", 9))) == damaged


def test_an_empty_member_is_read_to_its_checksum():
    data = write_zip({"a": b""})
    assert read_zip(data, {"a": 0}) == {"a": b""}
    wrong = patched(data, ENTRY, 16, b"\1\0\0\0")
    assert refusal(read_zip, wrong, {"a": 0}) == ("member-damaged", "a", None)


def test_less_than_the_directory_promises_is_cut_off():
    """What zipfile gives without complaint: a stored member at the end of its bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("seed.txt", b"ab")
    data = target.getvalue()
    longer = patched(data, ENTRY, 24, struct.pack("<I", 3))
    with pytest.raises(DrawError) as caught:
        read_bundle(longer)
    assert (caught.value.code, caught.value.en) == ("member-damaged", "is cut off")


@pytest.mark.parametrize(
    "raised",
    [
        OSError,
        EOFError,
        OverflowError,
        RuntimeError,
        ValueError,
        struct.error,
        zlib.error,
        zipfile.BadZipFile,
    ],
)
def test_whatever_the_stream_raises_is_damage(raised):
    class Broken(io.BytesIO):
        def read(self, size=-1, /):
            raise raised("broken")

    assert refusal(read_bundle, Broken(b"x" * 99)) == ("zip-damaged", None, None)


def test_no_zip():
    data = write_zip({"seed.txt": b"1"})
    for whole in (b"", b"PK", data[:-1], data[:60], patched(data, ENTRY, 0, b"XX")):
        assert refusal(read_bundle, whole) == ("zip-damaged", None, None)
        assert refusal(read_zip, whole, {"seed.txt": 1}) == ("zip-damaged", None, None)

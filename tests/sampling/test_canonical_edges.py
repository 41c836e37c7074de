"""The edges of canonical JSON, hashes and members: depth, size, escapes, kinds of values."""

import hashlib
import re
from unittest import mock

import pytest

from app.sampling.openlot1 import canonical, hashing
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.fields import Fields, is_instant

LIMIT = 2**53 - 1


def refusal(call, *given, **named):
    with pytest.raises(DrawError) as caught:
        call(*given, **named)
    return caught.value


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (None, b"null"),
        (True, b"true"),
        (False, b"false"),
        (0, b"0"),
        (-1, b"-1"),
        (LIMIT, b"9007199254740991"),
        (-LIMIT, b"-9007199254740991"),
        ([], b"[]"),
        ((), b"[]"),
        ((1, "a", [None]), b'[1,"a",[null]]'),
        ({}, b"{}"),
        ({"b": 1, "a": {"c": []}}, b'{"a":{"c":[]},"b":1}'),
        ('"\\\b\f\n\r\t', b'"\\"\\\\\\b\\f\\n\\r\\t"'),
        ("\x00\x1f\x0b", b'"\\u0000\\u001f\\u000b"'),
        ("\x7f\x80/ <>&\u2028", '"\x7f\x80/ <>&\u2028"'.encode()),
        ("é🎲", '"é🎲"'.encode()),
    ],
)
def test_forms(value, data):
    assert canonical.dumps(value) == data
    if not isinstance(value, tuple):
        assert canonical.loads(data) == value


def test_members_are_in_the_order_of_utf16_at_any_depth():
    first, then = "\U0010ffff", "\uffff"
    value = {"a": [[{then: 1, first: (2, {then: 3, first: None})}]]}
    data = '{"a":[[{"😀":[2,{"😀":null,"￾":3}],"￾":1}]]}'.replace("😀", first).replace("￾", then)
    assert canonical.dumps(value) == data.encode()
    assert canonical.loads(data.encode())["a"][0][0][first] == [2, {then: 3, first: None}]


@pytest.mark.parametrize("char", [chr(code) for code in range(32)])
def test_every_control_character_is_escaped(char):
    data = canonical.dumps(char)
    assert re.fullmatch(rb'"\\(?:[bfnrt]|u00[01][0-9a-f])"', data)
    assert canonical.loads(data) == char


def test_every_other_ascii_character_stands_for_itself():
    text = "".join(map(chr, range(32, 128)))
    expected = text.replace("\\", "\\\\").replace('"', '\\"')
    assert canonical.dumps(text) == f'"{expected}"'.encode()
    assert canonical.loads(canonical.dumps(text)) == text


class Count(int):
    """An integer that shows itself in another way."""

    def __repr__(self):
        return "many"


def test_an_integer_is_written_as_one():
    assert canonical.dumps([Count(3)]) == b"[3]"


@pytest.mark.parametrize("value", [LIMIT + 1, -LIMIT - 1, 1.5, b"", {1}, {None: 1}, {"a": 1, 2: 3}])
def test_values_without_a_form(value):
    assert refusal(canonical.dumps, value).code == "not-canonical"
    assert refusal(canonical.dumps, [value]).code == "not-canonical"
    assert refusal(canonical.dumps, {"x": value}).code == "not-canonical"


@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: {"a": v}, lambda v: (v,)])
def test_depth(wrap):
    value = 1
    for _ in range(32):
        value = wrap(value)
    canonical.dumps(value)
    assert refusal(canonical.dumps, wrap(value)).code == "not-canonical"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b" 1", "byte 0 "),
        (b"[1, 2]", "byte 3 "),
        (b"1\n", "byte 1 "),
        (b'{"b":1,"a":2}', "byte 2 "),
        (b'"\\u0061"', "byte 1 "),
        (b'["a","\xff"]', "byte 6"),
        (b"\xff", "byte 0"),
        (b"-0", "byte 0 "),
    ],
)
def test_the_first_byte_that_is_not_canonical_is_named(data, place):
    error = refusal(canonical.loads, data)
    assert error.code == "not-canonical"
    assert place.strip() in error.en
    assert f"第 {place.split()[1]} 字节" in error.zh


@pytest.mark.parametrize(
    ("data", "word"),
    [(b"1.5", "1.5"), (b"[NaN]", "NaN"), (b"-Infinity", "-Infinity"), (b'{"a":1,"a":2}', "twice")],
)
def test_the_fault_is_told(data, word):
    told = refusal(canonical.loads, data).en
    assert word in told
    assert "JSON" not in told


def test_hashes():
    assert hashing.sha256_hex(b"abc") == hashlib.sha256(b"abc").hexdigest()
    assert hashing.digest_hex("sha256", b"abc") == hashlib.sha256(b"abc").hexdigest()
    assert hashing.ALGORITHMS == ("sha256", "sm3")
    for alg in ("md5", "SHA256", ""):
        assert refusal(hashing.digest_hex, alg, b"").code == "alg-unknown"


# GB/T 32905-2016, A.1 and A.2, and lengths around the block as OpenSSL 3 computes them.
SM3 = {
    b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
    b"": "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
}


@pytest.mark.parametrize(("data", "digest"), SM3.items())
def test_sm3_of_the_standard(data, digest):
    assert hashing.PurePythonSM3(data).hexdigest() == digest
    assert hashing.digest_hex("sm3", data) == digest


@pytest.mark.parametrize("size", [55, 56, 63, 64, 65, 119, 120, 127, 128, 1000, 9000])
def test_both_sm3_agree(size):
    data = bytes(i * i % 251 for i in range(size))
    assert hashing.PurePythonSM3(data).hexdigest() == hashing.digest_hex("sm3", data)


class Long(bytes):
    """Says that it has 2 MiB more than it holds: a block as it would end a long text."""

    __slots__ = ()

    def __len__(self):
        return 2**21 + bytes.__len__(self)


def test_the_length_is_hashed_in_64_bits():
    assert hashing.PurePythonSM3(Long(b"abc")).hexdigest() == (
        "faf938ce7618cefbb5aabaa3ad8b08d9aab05ce1958e0c795d24f7d51024ac86"
    )


@pytest.mark.parametrize("found", ["no algorithm", "another digest"])
def test_a_build_without_a_right_sm3_is_not_trusted(found):
    def new(_name, data):
        if found == "no algorithm":
            raise ValueError
        return hashlib.sha256(data)

    hashing._sm3_function.cache_clear()
    try:
        with mock.patch.object(hashlib, "new", new):
            assert hashing.digest_hex("sm3", b"abc") == SM3[b"abc"]
            assert hashing.hash_function("sm3") is hashing.PurePythonSM3
    finally:
        hashing._sm3_function.cache_clear()


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T00:00:00Z",
        "2026-01-31T23:59:59Z",
        "2026-02-28T00:00:00Z",
        "2024-02-29T00:00:00Z",
        "2000-02-29T00:00:00Z",
        *(f"2026-{m:02}-{d}T00:00:00Z" for m, d in ((3, 31), (4, 30), (5, 31), (6, 30))),
        *(f"2026-{m:02}-{d}T00:00:00Z" for m, d in ((7, 31), (8, 31), (9, 30), (10, 31))),
        *(f"2026-{m:02}-{d}T00:00:00Z" for m, d in ((11, 30), (12, 31))),
    ],
)
def test_instants_that_are(text):
    assert is_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2024-02-30T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2024-03-32T00:00:00Z",
        "2024-12-32T00:00:00Z",
        *(f"2026-{m:02}-32T00:00:00Z" for m in (1, 3, 5, 7, 8, 10, 12)),
        *(f"2026-{m:02}-31T00:00:00Z" for m in (4, 6, 9, 11)),
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00Z\n",
        "2026-1-01T00:00:00Z",
        "026-01-01T00:00:00Z",
        "12026-01-01T00:00:00Z",
        "２０２６-01-01T00:00:00Z",
        "",
    ],
)
def test_instants_that_are_not(text):
    assert is_instant(text) is False


VALUES = {
    "text": "t",
    "zero": 0,
    "yes": True,
    "list": [1],
    "hex": "0" * 64,
    "at": "x",
    "none": None,
}


def fields(value=None):
    return Fields(VALUES if value is None else value, "here", ("text",), VALUES, member="m.json")


@pytest.mark.parametrize(
    ("call", "code", "place"),
    [
        (lambda f: f.text("zero"), "member-type", "here.zero"),
        (lambda f: f.matching("text", re.compile("T")), "member-form", "here.text"),
        (lambda f: f.matching("text", re.compile("")), "member-form", "here.text"),
        (lambda f: f.matching("zero", re.compile("T")), "member-type", "here.zero"),
        (lambda f: f.one_of("text", ("a", "b")), "member-form", "here.text"),
        (lambda f: f.hex64("text"), "member-form", "here.text"),
        (lambda f: f.instant("at"), "member-form", "here.at"),
        (lambda f: f.integer("zero", 1), "member-range", "here.zero"),
        (lambda f: f.integer("zero", 1, "own"), "own", "here.zero"),
        (lambda f: f.integer("yes", 0), "member-type", "here.yes"),
        (lambda f: f.integer("text", 0), "member-type", "here.text"),
        (lambda f: f.boolean("zero"), "member-type", "here.zero"),
        (lambda f: f.list("text"), "member-type", "here.text"),
        (lambda _: fields([]), "member-type", "here"),
        (lambda _: fields({}), "member-missing", "here.text"),
        (lambda _: fields({"text": 1, "more": 2}), "member-unknown", "here.more"),
        (lambda _: Fields(1, "", (), member="m.json"), "member-type", "the file"),
        (lambda _: Fields({"a": 1}, "", (), member="m.json"), "member-unknown", "a"),
    ],
)
def test_members_that_are_refused(call, code, place):
    error = refusal(lambda: call(fields()))
    assert (error.code, error.member) == (code, "m.json")
    assert error.en.startswith(f"{place} ")
    assert error.zh.startswith(f"{place} ")


def test_members_that_are_read():
    own = fields()
    assert (own.text("text"), own.integer("zero", 0), own.boolean("yes")) == ("t", 0, True)
    assert (own.list("list"), own.hex64("hex"), own.any("none")) == ([1], "0" * 64, None)
    assert own.one_of("text", ("s", "t")) == "t"
    assert own.matching("text", re.compile("[a-z]")) == "t"
    assert "text" in own
    assert "more" not in own
    at = Fields({"at": "2026-01-01T00:00:00Z"}, "", ("at",), member="m.json")
    assert at.instant("at") == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("text", ["0" * 63, "0" * 65, "A" * 64, "g" * 64, "~" + "0" * 63])
def test_texts_that_are_no_digest(text):
    read = Fields({"h": text}, "", ("h",), member="m.json")
    assert refusal(read.hex64, "h").code == "member-form"

"""Canonical JSON: RFC 8785 without floats, and a reader that accepts one form only."""

import json

import pytest
import rfc8785
from bundles import public_vectors
from hypothesis import given
from hypothesis import strategies as st

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.errors import DrawError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = st.none() | st.booleans() | TEXTS | st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
)
VECTORS = public_vectors("rfc8785_jcs.json")


@given(VALUES)
def test_equals_the_reference_package(value):
    assert canonical.dumps(value) == rfc8785.dumps(value)


@given(VALUES)
def test_reading_what_was_written_gives_it_back(value):
    assert canonical.loads(canonical.dumps(value)) == value


def test_members_are_sorted_by_utf16_code_units():
    value = {"\uff00": 1, "\U0001f600": 2, "\u20ac": 3}
    assert canonical.dumps(value) == '{"\u20ac":3,"\U0001f600":2,"\uff00":1}'.encode()


@pytest.mark.skipif(VECTORS is None, reason="public vectors are absent")
def test_published_vectors():
    for case in VECTORS["cases"]:
        value = json.loads(case["input_utf8"])
        if has_float(value):
            with pytest.raises(DrawError):
                canonical.dumps(value)
        else:
            assert canonical.dumps(value).hex() == case["output_hex"], case["name"]


def has_float(value):
    if isinstance(value, dict):
        return any(has_float(v) for v in value.values())
    return any(map(has_float, value)) if isinstance(value, list) else isinstance(value, float)


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), 2**53, -(2**53), "\ud800", {"\udc00": 1}, {1: 2}, b"x", {"a": {1, 2}}],
    ids=repr,
)
def test_refuses_to_write(value):
    with pytest.raises(DrawError) as caught:
        canonical.dumps(value)
    assert caught.value.code == "not-canonical"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" 1",
        b"1\n",
        b"1.0",
        b"1e3",
        b"-0",
        b"01",
        b"NaN",
        b"Infinity",
        b"\xef\xbb\xbf1",
        b"\xff",
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a": 1}',
        b'"\\u0061"',
        b'"\\/"',
        b'"\\ud800"',
        b"9007199254740992",
        b"[" * 33 + b"]" * 33,
        b"[" * 100_000,
        b"1" * 5_000,
    ],
    ids=lambda data: repr(data[:20]),
)
def test_refuses_to_read(data):
    with pytest.raises(DrawError) as caught:
        canonical.loads(data)
    assert caught.value.code == "not-canonical"
    assert caught.value.zh


def test_reads_up_to_the_depth_it_writes():
    nested = b"[" * canonical.MAX_DEPTH + b"]" * canonical.MAX_DEPTH
    assert canonical.dumps(canonical.loads(nested)) == nested

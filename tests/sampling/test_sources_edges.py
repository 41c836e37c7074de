"""The edges of sources: their lines and parameters, character by character and one by one."""

import pytest

from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.sources import check_line, parse_source, source_line

ASCII = [chr(code) for code in range(128)]
DIGITS = "0123456789"
HEX = "0123456789abcdef"


def source(kind, purpose="test", **params):
    return parse_source({"type": kind, "params": params}, "sources[0]", purpose)


BALL = source("balls", count=1, min=0, max=10**12)
DICE = source("dice", digits=1)
DRAND = source("drand", chain="0" * 64, round=1)
NIST = source("nist2", chain=0, pulse=0)
LOTTERY = source("lottery", code="c", issue="i")


def code_of(call, *given, **named):
    with pytest.raises(DrawError) as caught:
        call(*given, **named)
    return caught.value.code


def accepted(its_source, line):
    try:
        check_line(line, its_source)
    except DrawError:
        return False
    return True


@pytest.mark.parametrize(
    ("its_source", "form", "alphabet"),
    [
        (BALL, "balls:{}./", DIGITS),
        (BALL, "balls:{}5./", DIGITS[1:]),
        (BALL, "balls:1{}./", DIGITS),
        (BALL, "balls:1.{}", "/"),
        (BALL, "balls:1{}/", "."),
        (DICE, "dice:{}", DIGITS),
        (DICE, "dice:1{}", DIGITS),
        (DRAND, f"drand:{'0' * 64}:1:{{}}{'0' * 63}", HEX),
        (NIST, f"nist2:0:0:{{}}{'0' * 127}", HEX),
        (LOTTERY, "lottery:c:i:{}./", DIGITS),
        (LOTTERY, "lottery:c:i:1./2.{}", "/"),
        (source("test"), "test:{}", "".join(ASCII).replace("\n", "")),
    ],
)
def test_each_place_of_a_line_has_its_alphabet(its_source, form, alphabet):
    found = [char for char in ASCII if accepted(its_source, form.format(char))]
    assert found == sorted(alphabet)


@pytest.mark.parametrize(
    ("its_source", "line", "code"),
    [
        (BALL, f"balls:{'1' * 10}./", None),
        (BALL, f"balls:{'1' * 11}./", "numbers-form"),
        (BALL, "balls:1./x", "numbers-form"),
        (BALL, "balls:/", "numbers-form"),
        (source("balls", count=3, min=1, max=45), "balls:1.2.45./", None),
        (source("balls", count=3, min=1, max=45), "balls:1.2.46./", "balls-range"),
        (source("balls", count=3, min=2, max=45), "balls:1.2.3./", "balls-range"),
        (source("balls", count=3, min=1, max=3), "balls:1.2.3./", None),
        (DICE, "dice:", "dice-form"),
        (DRAND, f"drand:{'0' * 64}:1:{'0' * 65}", "beacon-form"),
        (DRAND, f"drand:{'0' * 64}:1:{'0' * 63}", "beacon-form"),
        (NIST, f"nist2:0:0:{'0' * 129}", "beacon-form"),
        (NIST, f"nist2:0:0:{'0' * 127}", "beacon-form"),
        (LOTTERY, "lottery:c:i:1.2./", None),
        (LOTTERY, "lottery:c:i:1./1./1./", None),
        (LOTTERY, "lottery:c:i:/", "numbers-form"),
        (LOTTERY, "lottery:c:i:1.", "numbers-form"),
        (source("reveal", sha256="0" * 64), f"reveal:{'0' * 65}", "reveal-form"),
        (source("reveal", sha256="0" * 64), f"reveal:{'0' * 63}", "reveal-form"),
        (source("reveal", sha256="0" * 64), f"reveal:{'0' * 64}", "reveal-wrong"),
        (source("test"), "anything", "source-prefix"),
        (source("test"), "test:", None),
    ],
)
def test_lines_at_the_edge(its_source, line, code):
    if code is None:
        check_line(line, its_source)
    else:
        assert code_of(check_line, line, its_source) == code


def test_a_line_feed_in_a_value_has_its_code():
    assert code_of(source_line, source("test"), "a\nb") == "source-line-break"


@pytest.mark.parametrize(
    ("kind", "params", "code"),
    [
        ("dice", {"digits": 1}, None),
        ("dice", {"digits": 0}, "dice-too-few"),
        ("balls", {"count": 1, "min": 0, "max": 0}, None),
        ("balls", {"count": 2, "min": 0, "max": 1}, None),
        ("balls", {"count": 3, "min": 0, "max": 1}, "member-range"),
        ("balls", {"count": 3, "min": 4, "max": 6}, None),
        ("balls", {"count": 4, "min": 4, "max": 6}, "member-range"),
        ("balls", {"count": 0, "min": 0, "max": 9}, "member-range"),
        ("balls", {"count": 1, "min": -1, "max": 9}, "member-range"),
        ("drand", {"chain": "0" * 64, "round": 1}, None),
        ("drand", {"chain": "0" * 64, "round": 0}, "member-range"),
        ("nist2", {"chain": 0, "pulse": 0}, None),
        ("nist2", {"chain": -1, "pulse": 0}, "member-range"),
        ("nist2", {"chain": 0, "pulse": -1}, "member-range"),
        ("lottery", {"code": "c", "issue": "i" * 128}, None),
        ("lottery", {"code": "c", "issue": "i" * 129}, "member-form"),
        ("lottery", {"code": "", "issue": "i"}, "member-form"),
        ("lottery", {"code": "~彩", "issue": "i ~"}, None),
        ("test", {}, None),
        ("test", {"more": 1}, "member-unknown"),
        ("coin", {}, "source-unknown"),
    ],
)
def test_parameters_at_the_edge(kind, params, code):
    if code is None:
        assert source(kind, **params).type == kind
    else:
        assert code_of(source, kind, **params) == code


def test_words_of_a_lottery_keep_to_their_alphabet():
    def named(char):
        return source("lottery", code=f"a{char}b", issue="i").type

    refused = [char for char in ASCII if char < " " or char in ":\x7f"]
    for char in ASCII:
        if char in refused:
            assert code_of(named, char) == "member-form", repr(char)
        else:
            assert named(char) == "lottery"


def test_a_real_draw_has_twenty_dice_and_no_test_source():
    assert source("dice", "real", digits=20).complete
    assert code_of(source, "dice", "real", digits=19) == "dice-too-few"
    assert code_of(source, "test", "real") == "test-source"


def test_a_refusal_names_its_place():
    for kind, params, place in (
        ("dice", {"digits": 0}, "sources[0].params.digits"),
        ("coin", {}, "sources[0].type"),
        ("dice", [], "sources[0].params"),
    ):
        with pytest.raises(DrawError) as caught:
            parse_source({"type": kind, "params": params}, "sources[0]", "test")
        assert caught.value.en.startswith(f"{place} ")
        assert caught.value.member == "commitment.json"

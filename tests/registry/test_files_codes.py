"""Unified social credit codes: no single error passes, and each is named for what it is."""

import random

import pytest
from stdnum.cn.uscc import calc_check_digit

from app.registry.files.kinds import OBJECTS
from app.registry.files.object_rows import ObjectRows
from app.registry.files.sink import Sink
from app.registry.files.uscc import ALPHABET, diagnose, is_id_number, is_valid
from tests.registry.checked_files import TABLES, code

CODE = code(1)


def some_codes(count: int) -> list[str]:
    """Valid codes of every alphabet, the first two places included."""
    chance = random.Random(7)
    found = []
    while len(found) < count:
        body = "".join(chance.choices(ALPHABET, k=2)) + f"{chance.randrange(10**6):06d}"
        body += "".join(chance.choices(ALPHABET, k=9))
        found += [body + last for last in ALPHABET if is_valid(body + last)]
    return found


def test_there_is_one_check_digit_for_each_body_and_others_compute_the_same():
    found = some_codes(500)
    assert len(found) == 500
    assert [calc_check_digit(one[:17]) for one in found] == [one[17] for one in found]


def test_every_substitution_and_every_swap_of_neighbours_is_found():
    tried = 0
    for good in some_codes(200):
        for place, right in enumerate(good):
            wrong = [good[:place] + c + good[place + 1 :] for c in ALPHABET if c != right]
            if place < 17 and right != good[place + 1]:
                wrong.append(good[:place] + good[place + 1] + right + good[place + 2 :])
            tried += len(wrong)
            assert not any(map(is_valid, wrong)), good
    assert tried > 100_000


def test_the_quick_way_accepts_exactly_the_valid_codes(tmp_path):
    chance = random.Random(11)
    codes = []
    for good in some_codes(1500):
        place = chance.randrange(18)
        codes += [good, good[:place] + chance.choice(ALPHABET + "IOa") + good[place + 1 :]]
    codes += [good[:17] for good in codes[:20]] + [good + "0" for good in codes[:20]]
    positions = {column: place for place, column in enumerate(OBJECTS.columns)}
    blank = ["", "甲", "企业", "", "610403", "", "", "", "", "", ""]
    with Sink(tmp_path, 0) as sink:
        rows = ObjectRows(positions, len(OBJECTS.columns), TABLES, sink)
        records = [[one, *blank[1:]] for one in codes]
        rows.check(2, [("".join(fields), fields) for fields in records])
    kept = [line.split("\t")[1] for line in (tmp_path / "rows.0").read_text("utf-8").splitlines()]
    assert kept == [one for one in codes if is_valid(one)]
    assert len(kept) >= 1500


@pytest.mark.parametrize(
    ("wrong", "found", "proposed"),
    [
        ("", "code-missing", ""),
        ("1.10105E+17", "code-rounded", ""),
        ("1.10105194912310E+17", "code-rounded", ""),
        ("9e+17", "code-rounded", ""),
        ("110105194912310000", "code-rounded", ""),
        ("11010519491231002X", "national-id", ""),
        ("９" + CODE[1:], "code-full-width", CODE),
        (CODE[:8] + " " + CODE[8:], "code-spaces", CODE),
        (CODE[:8] + "-" + CODE[8:], "code-spaces", CODE),
        (CODE[:8] + "\u200b" + CODE[8:], "code-spaces", CODE),
        ("9161 0403 0000 0000 1", "code-length", ""),
        (code(17).lower(), "code-lower-case", code(17)),
        (CODE.replace("0", "O", 1), "code-letter", CODE),
        (CODE.replace("1", "I"), "code-letter", CODE),
        ("O" + CODE[1:], "code-letter", ""),
        ("610403100001234", "code-old-number", ""),
        (CODE[:17], "code-length", ""),
        (CODE + "1", "code-length", ""),
        (CODE[:4] + "A" + CODE[5:], "code-malformed", ""),
        (CODE[:9] + "号" + CODE[10:], "code-malformed", ""),
        (CODE[:-1] + ("0" if CODE[-1] != "0" else "1"), "code-check-digit", ""),
    ],
)
def test_each_error_has_its_name_and_a_proposal_only_if_it_is_unique(wrong, found, proposed):
    assert not is_valid(wrong)
    told, hints = diagnose(wrong)
    assert told == found
    assert proposed in hints.get("propose_zh", "")
    assert bool(hints.get("propose_en", "")) == bool(proposed)


def test_lower_case_without_letters_is_impossible():
    assert code(17) != code(17).lower()


def test_an_id_number_is_recognised_by_its_own_check_digit():
    assert is_id_number("11010519491231002X")
    assert is_id_number("11010519491231002x")
    assert not is_id_number("110105194912310021")
    assert not is_id_number("11010519491331002X")

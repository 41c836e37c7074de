"""One encoding for a whole file, found strictly; never a character lost or guessed in silence."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.registry.files.encodings import normalised
from app.registry.files.faults import Unreadable
from app.registry.files.jobs import CheckJob
from app.registry.files.kinds import FileKind
from app.registry.files.opening import open_table
from app.registry.files.tabular import Table
from tests.registry.checked_files import check, code, csv_of, placed, row

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
NAME = st.text(HAN, min_size=1, max_size=40)
OFTEN = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def fields_of(folder, data: bytes) -> tuple[str, bool, list[list[str]]]:
    """Encoding, whether it is doubtful, and the data rows, read in this process."""
    source = folder / "file"
    source.write_bytes(data)
    job = CheckJob(str(source), FileKind.OBJECTS.value, "", "", "", "", "", "", 0, 0)

    def use(table: Table) -> tuple[str, bool, list[list[str]]]:
        (part,) = table.parts(1)
        rows = [fields for _, records in table.records(part) for _, fields in records]
        return table.encoding, table.ambiguous, rows

    return open_table(job, use)


@OFTEN
@given(names=st.lists(NAME, min_size=1, max_size=20))
def test_what_was_written_is_read_in_either_encoding(tmp_path, names):
    written = [row(n, name=f"名称{name}经营部有限公司") for n, name in enumerate(names, start=1)]
    text = csv_of(*written)
    for encoding, found in (("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030",) * 2):
        told, _, rows = fields_of(tmp_path, text.encode(encoding))
        assert (told, rows) == (found, written)


@OFTEN
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Co"]), max_size=80))
def test_every_text_in_normal_form_comes_back_from_both_encodings(text):
    kept = normalised(text)
    for encoding in ("utf-8", "gb18030"):
        assert normalised(kept.encode(encoding).decode(encoding)) == kept


@OFTEN
@given(first=NAME, second=NAME, places=st.permutations(range(12)))
def test_a_file_of_two_encodings_is_refused_or_marked_as_doubtful(tmp_path, first, second, places):
    lines = [csv_of(row(n, name=first + "商店")).splitlines(keepends=True)[1] for n in range(1, 9)]
    other = [
        csv_of(row(n, name=second + "公司")).splitlines(keepends=True)[1] for n in range(9, 13)
    ]
    mixed = [line.encode() for line in lines] + [line.encode("gb18030") for line in other]
    body = b"".join(mixed[place] for place in places)
    try:
        _, ambiguous, _ = fields_of(tmp_path, csv_of().encode() + body)
    except Unreadable as why:
        assert why.fault.code.startswith("encoding-")  # noqa: PT017 -- either outcome is right
    else:
        assert ambiguous


def test_the_whole_file_decides_even_if_only_its_end_is_chinese(tmp_path):
    many = [row(n, name=f"Shop {n}", object_class="enterprise", status="") for n in range(1, 3000)]
    text = csv_of(*many, row(3000, name="最后一家名称较长的商店有限公司"))
    for encoding in ("utf-8", "gb18030"):
        told, faults = check(tmp_path, text.encode(encoding))
        assert (told.encoding, told.valid, faults) == (encoding, 3000, [])


@pytest.mark.parametrize(
    ("pua", "meant"),
    [("\ue81e", "\u9fb4"), ("\ue864", "\u9fbb"), ("\ue816", "\U00020087"), ("\ue78d", "\ufe10")],
)
def test_characters_that_the_standard_took_out_of_private_use_are_moved(tmp_path, pua, meant):
    data = csv_of(row(name=f"杨陵{pua}记商店有限公司")).encode("gb18030")
    told, faults = check(tmp_path, data)
    assert (told.encoding, faults) == ("gb18030", [])
    assert f"杨陵{meant}记" in (tmp_path / "rows").read_text(encoding="utf-8")


def test_a_composed_form_is_kept(tmp_path):
    check(tmp_path, csv_of(row(name="Cafe\u0301商店有限公司杨陵分店")))
    assert "Caf\u00e9商店" in (tmp_path / "rows").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (csv_of(row()).encode("utf-16"), ("encoding-utf16", 1, None)),
        (csv_of(row()).encode("utf-16-le"), ("encoding-utf16", 1, None)),
        (csv_of(row()).encode("utf-16-be"), ("encoding-utf16", 1, None)),
        (
            csv_of(*(row(n) for n in range(1, 9))).encode() + b"x,\xd1\xee\xc1\xea\xff\n",
            ("encoding-mixed", 10, None),
        ),
        (csv_of(*(row(n) for n in range(1, 9))).encode()[:-5], ("encoding-cut", 9, None)),
        (b"\xef\xbb\xbf" + csv_of(row()).encode("gb18030"), ("encoding-mixed", 2, None)),
        (csv_of(row(name="\x00店")).encode(), ("character-nul", 2, None)),
        (csv_of(row(name="a")).encode() + b"\xff\xff,a\n", ("encoding-unknown", 3, None)),
    ],
)
def test_what_is_no_text_of_one_encoding_is_refused_by_its_row(tmp_path, data, expected):
    told, faults = check(tmp_path, data)
    assert placed(faults) == [expected]
    assert told.valid == 0


@pytest.mark.parametrize(
    ("text", "encoding", "ambiguous"),
    [
        (csv_of(row()), "utf-8", False),
        (csv_of(row(name="甲", object_class="enterprise", status="")), "gb18030", True),
        (csv_of(row(name="杨陵第一食品商店")), "gb18030", False),
        (csv_of(row(name="Shop", object_class="enterprise", status="")), "utf-8", False),
    ],
)
def test_too_little_chinese_is_shown_to_a_person(tmp_path, text, encoding, ambiguous):
    told, _ = check(tmp_path, text.encode(encoding))
    assert told.ambiguous is ambiguous
    assert told.sample[0]["uscc"] == code(1)


def test_big5_is_not_taken_for_gb18030_in_silence(tmp_path):
    data = csv_of(row(name="臺北測試股份有限公司", object_class="enterprise", status=""))
    told, faults = check(tmp_path, data.encode("big5"))
    assert told.ambiguous or faults


def test_random_bytes_never_pass(tmp_path):
    chance = random.Random(3)
    for _ in range(5):
        told, faults = check(tmp_path, csv_of(row()).encode() + chance.randbytes(400))
        assert faults
        assert told.valid <= 1

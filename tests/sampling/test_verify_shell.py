"""The commands of VERIFY.md, run by bash with sha256sum, sort, awk and diff alone."""

import hashlib
import json
import random
import re
import shutil
import subprocess

import pytest
from bundles import make_bundle, with_sums
from verifier import TARGETS, explanation, write

from app.sampling.members import TicketExample, verify_md
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.counts import rounded
from app.sampling.openlot1.design import parse_rate
from app.sampling.openlot1.seed import build_seed_txt
from app.sampling.openlot1.target import draw_target

SECTION = re.compile(r"^## (\d+) [^\n]*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"```bash\n(.*?)```", re.DOTALL)
COUNTS, ALL_TICKETS = 7, 8
AWKS = [name for name in ("mawk", "gawk", "original-awk", "busybox") if shutil.which(name)]


@pytest.fixture(params=AWKS or ["awk"])
def shell(request, tmp_path_factory):
    """Runs commands in a folder, with each awk that this computer has, in a plain locale or not."""
    own = tmp_path_factory.mktemp("awk")
    (own / "awk").symlink_to(shutil.which(request.param))

    def run(commands, folder, locale="C.UTF-8"):
        env = {"PATH": f"{own}:/usr/local/bin:/usr/bin:/bin", "LC_ALL": locale}
        bash = ["bash", "-uo", "pipefail", "-c", commands]
        done = subprocess.run(
            bash, cwd=folder, env=env, capture_output=True, text=True, check=False
        )
        assert done.stderr == ""
        return done

    return run


def blocks(text):
    """Number of the section -> its commands; those of the whole verifier, section 1, left out."""
    sections = {int(number): BLOCK.findall(body) for number, body in SECTION.findall(text)}
    return {number: code[0] for number, code in sections.items() if code and number > 1}


def of_all(commands):
    """The commands of section 8 for every stratum."""
    return re.sub(r"(?m)^STRATUM=.*$", "STRATUM=", commands)


def bundle(case):
    members, _ = make_bundle(case, "audit")
    return with_sums(members | {"VERIFY.md": explanation(members, "audit")})


def rows(output):
    return [line.split("\t") for line in output.splitlines()]


@pytest.mark.parametrize("case", TARGETS, ids=lambda case: case["commitment"]["draw_id"])
def test_vectors(case, shell, tmp_path):
    members = bundle(case)
    commands, folder = blocks(members["VERIFY.md"].decode()), write(members, tmp_path)
    assert all(line.endswith(": OK") for line in shell(commands[2], folder).stdout.splitlines())
    cd = case["cd"]
    assert shell(commands[3], folder).stdout == f"{cd}  commitment.json\n{cd}\n"
    strata = [rule["stratum"] for rule in case["commitment"]["design"]["strata"]]
    counted = rows(shell(commands[COUNTS], folder).stdout)
    assert [row[0] for row in counted] == strata
    for stratum, objects, due, listed, word in counted:
        assert int(objects) == sum(row[1] == stratum for row in case["rows"])
        assert int(due) == int(listed) == case["counts"][stratum]
        assert word == "OK"
    if case["commitment"]["alg"] == "sm3":
        assert commands.keys() == {2, 3, COUNTS, 9}
        assert "openssl dgst -sm3" in members["VERIFY.md"].decode()
        return
    assert shell(commands[4], folder).stdout == f"{case['seed']}  seed.txt\n"
    assert shell(commands[5], folder).stdout == f"{case['key_target']}  -\n"
    assert shell(of_all(commands[ALL_TICKETS]), folder).stdout == "SAME: all\n"


def test_one_stratum_is_that_of_the_first_line(shell, tmp_path):
    members = bundle(TARGETS[1])
    folder = write(members, tmp_path)
    stratum = members["selected.tsv"].decode().partition("\t")[0]
    commands = blocks(members["VERIFY.md"].decode())[ALL_TICKETS]
    assert shell(commands, folder).stdout == f"SAME: {stratum}\n"
    # What is wrong in another stratum is none of its business; of all strata it is.
    last = members["selected.tsv"].decode().splitlines(keepends=True)[-1]
    (folder / "selected.tsv").write_text(
        members["selected.tsv"].decode().replace(last, last[:-2] + "x\n")
    )
    assert shell(commands, folder).stdout == f"SAME: {stratum}\n"
    done = shell(of_all(commands), folder)
    assert done.returncode == 1
    assert f"> {last[:-2]}x\n" in done.stdout
    assert f"< {last}" in done.stdout
    assert "SAME" not in done.stdout


def swapped(data):
    """The first two objects of a list change places."""
    first, second, *rest = [line.split(b"\t") for line in data.splitlines(keepends=True)]
    first[2:], second[2:] = second[2:], first[2:]
    return b"".join(map(b"\t".join, [first, second, *rest]))


def without_last(data):
    return data[: data[:-1].rindex(b"\n") + 1]


@pytest.mark.parametrize("place", [1, 8], ids=["sealed", "open"])
@pytest.mark.parametrize(
    ("member", "change"),
    [
        ("selected.tsv", swapped),
        ("reserves.tsv", swapped),
        ("frame.tsv", lambda data: data.replace(b"9161", b"9162")),
    ],
    ids=["selected", "reserves", "frame"],
)
def test_a_change_makes_diff_complain(member, change, place, shell, tmp_path):
    members = bundle(TARGETS[place])
    folder = write(members | {member: change(members[member])}, tmp_path)
    commands = blocks(members["VERIFY.md"].decode())
    assert (
        f"{member}: FAILED"
        in subprocess.run(
            ["bash", "-c", commands[2]], cwd=folder, capture_output=True, text=True, check=False
        ).stdout
    )
    done = shell(of_all(commands[ALL_TICKETS]), folder)
    assert done.returncode == 1
    assert re.match(r"\d", done.stdout)
    assert "SAME" not in done.stdout


def test_a_missing_line_is_not_the_number_due(shell, tmp_path):
    members = bundle(TARGETS[7])
    shorter = without_last(members["selected.tsv"])
    lost = members["selected.tsv"][len(shorter) :].decode().partition("\t")[0]
    folder = write(members | {"selected.tsv": shorter}, tmp_path)
    counted = rows(shell(blocks(members["VERIFY.md"].decode())[COUNTS], folder).stdout)
    assert {row[0]: row[4] for row in counted if row[4] != "OK"} == {lost: "NOT OK"}


def counted(shell, folder, rules, sizes, least):
    """The rows of section 7 for rules of this kind and strata of these sizes."""
    strata = [{"stratum": f"S{i}"} | rule for i, rule in enumerate(rules)]
    design = {"strata": strata, "min_per_stratum": least}
    commitment = TARGETS[0]["commitment"] | {"design": design}
    frame = "".join(f"x{i}.{n}\tS{i}\n" for i, size in enumerate(sizes) for n in range(size))
    files = {"commitment.json": canonical.dumps(commitment), "frame.tsv": frame.encode()}
    write(files | {"selected.tsv": b""}, folder)
    text = verify_md(commitment=commitment, seed=None, key=None, example=None).decode()
    return rows(shell(blocks(text)[COUNTS], folder).stdout)


def test_counts_are_those_of_the_core(shell, tmp_path):
    chance = random.Random(3)
    rules, sizes, wanted = [], [], []
    for _ in range(300):
        q = chance.choice([3, 7, 40, 997, 10**6, 10**9 + 7])
        p = chance.randrange(q + 1)
        decimal = f"0.{chance.randrange(10**6):06}"
        rate, how = (
            chance.choice([f"{p}/{q}", decimal]),
            chance.choice(["ceil", "floor", "half_up"]),
        )
        size = chance.randrange(60)
        rules.append({"rate": rate, "rounding": how})
        sizes.append(size)
        ratio = parse_rate(rate)
        least = 3 if size and ratio[0] else 0
        wanted.append(min(size, max(rounded(size, ratio, how), least)))
    found = counted(shell, tmp_path, rules, sizes, 3)
    assert [(int(row[1]), int(row[2])) for row in found] == list(zip(sizes, wanted, strict=True))


def test_numbers_too_big_for_awk_are_told(shell, tmp_path):
    rules = [{"rate": f"1/{2**53 - 1}"}, {"rate": "0." + "3" * 16}, {"rate": "1/2"}]
    found = counted(shell, tmp_path, rules, [2, 7, 1], 0)
    assert [row[4] for row in found] == ["TOO BIG", "TOO BIG", "NOT OK"]


def test_a_part_of_a_campaign(shell, tmp_path):
    base = TARGETS[1]["commitment"]
    own = [TARGETS[place]["commitment"] for place in (8, 1)]
    value = {name: item for name, item in base.items() if name not in ("frame", "design")}
    del value["excluded"]
    value["parts"] = [
        {"name": f"part.{i}", **{name: c[name] for name in ("frame", "excluded", "design")}}
        for i, c in enumerate(own)
    ]
    raw, frame = canonical.dumps(value), TARGETS[1]["frame_tsv"].encode()
    seed_txt = build_seed_txt(hashlib.sha256(raw).hexdigest(), TARGETS[1]["sources"])
    draw = draw_target(frame, raw, seed_txt, part="part.1")
    lists = {"frame.tsv": frame, "selected.tsv": draw.selected_tsv}
    lists |= {"reserves.tsv": draw.reserves_tsv, "result.json": draw.result_json}
    members = {f"parts/2-part.1/{name}": data for name, data in lists.items()}
    members |= {"commitment.json": raw, "seed.txt": seed_txt}
    _, _, subject, ticket = draw.selected_tsv.decode().partition("\n")[0].split("\t")
    salt = re.search(rf"(?m)^{subject}\t\S+\t(\S+)$", TARGETS[1]["frame_tsv"])[1]
    example = TicketExample(subject, ticket, salt, folder="parts/2-part.1/")
    explained = {"commitment": value, "seed": draw.seed, "key": draw.key}
    text = verify_md(**explained, example=example).decode()
    assert not re.search(r"\{\{|<!--", text)
    commands, folder = blocks(text), write(with_sums(members), tmp_path)
    assert shell(commands[6], folder).stdout.count(ticket) == 2
    found = rows(shell(commands[COUNTS], folder).stdout)
    assert {row[0]: int(row[2]) for row in found} == draw.counts
    assert {row[4] for row in found} == {"OK"}
    assert shell(of_all(commands[ALL_TICKETS]), folder).stdout == "SAME: all\n"
    assert shell(commands[9], folder).stdout.count("first_undrawn") == len(draw.counts)
    assert "part=2-part.1" in text
    assert "SET VARIABLE part = '2-part.1'" in text
    # Without an example the first part is shown; the public bundle has one list a part.
    assert "parts/1-part.0/frame.tsv" in verify_md(**explained, example=None).decode()
    public = verify_md(**explained, example=None, public=True).decode()
    assert "sha256sum parts/*/published.tsv" in public


def test_the_other_ways_are_named():
    text = bundle(TARGETS[1])["VERIFY.md"].decode()
    for name in ("verify.html", "verify.sql", "verify.duckdb.sql", "verify.postgres.sql"):
        assert name in text
    assert json.loads(bundle(TARGETS[4])["commitment.json"])["alg"] == "sm3"
    assert "verify.duckdb.sql" not in bundle(TARGETS[4])["VERIFY.md"].decode()

"""Somebody outside, with time and a computer: what can they learn from everything that is public?

Written from the specification alone, with the standard library only. The outsider knows the
registry's codes, the staff numbers of all officers (worst case: the directory got out), the items,
and every public text; frames of a test are small enough to try every possibility. What they come
to know for certain goes into `Learned`; a positive control shows that each attempt works where
there is something to find."""

import json
import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from itertools import combinations, product
from math import ceil
from typing import Any

HEX64 = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Guess = tuple[str, frozenset[Any]]
"""Which field of `Learned`, and what comes into it."""
CLASS = re.compile(r"^[ABCDU](?:类|/[0-9]{6})?$")


@dataclass
class Learned:
    """What the outsider now knows beyond what they may."""

    classes: set[tuple[str, str]] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)
    officers: set[str] = field(default_factory=set)
    results: set[tuple[str, int]] = field(default_factory=set)
    orders: list[list[str]] = field(default_factory=list)
    """Lists of objects that are not sorted by code, so that their order may tell something."""
    ids: set[str] = field(default_factory=set)
    """Identifiers that are made of something, instead of by chance."""

    @property
    def nothing(self) -> bool:
        return self == Learned()


@dataclass
class Outsider:
    """`codes` and `staff` are the whole registry; `team` is what a team of officers looks like:
    department -> (seats, tags that a seat asks for)."""

    codes: Sequence[str]
    names: Mapping[str, str]
    staff: Mapping[str, Sequence[str]]
    team: Mapping[str, tuple[int, Sequence[str]]]
    classes: str = "ABCD"

    def learn(self, texts: Iterable[str]) -> Learned:
        """Try everything on all public texts."""
        seen = list(texts)
        learned = Learned()
        self._read(seen, learned)
        whole = "\n".join(seen)
        for one in set(HEX64.findall(whole)) & set(self.guesses):
            what, members = self.guesses[one]
            known: set[Any] = getattr(learned, what)
            known |= members
        self._judge_ids(whole, learned)
        return learned

    @cached_property
    def guesses(self) -> dict[str, Guess]:
        """SHA-256 of everything that can be guessed -> what is known if it is seen."""
        tried = (self._lists(), self._frames(), self._teams(), self._payloads())
        return {digest(text): guess for guessed in tried for text, guess in guessed}

    def _read(self, texts: Iterable[str], learned: Learned) -> None:
        """What simply stands there."""
        everyone = [number for numbers in self.staff.values() for number in numbers]
        for text in texts:
            learned.objects |= {code for code in self.codes if code in text}
            learned.objects |= {code for code, name in self.names.items() if name in text}
            learned.officers |= {number for number in everyone if number in text}
            listed = [word for word in re.findall(r"[0-9A-Z]{18}", text) if word in self.names]
            once = list(dict.fromkeys(listed))
            if once != sorted(once):
                learned.orders.append(once)
            for fields in rows(text):
                named = [code for code in self.codes if code in fields]
                told = [one[0] for one in fields if CLASS.match(one)]
                learned.classes |= {(code, one) for code in named for one in told}

    def _lists(self) -> Iterator[tuple[str, Guess]]:
        """Lists of drawn objects: every subset, in the usual forms."""
        for chosen in subsets(self.codes):
            lines = "".join(f"{code}\n" for code in chosen)
            for form in (lines, lines.rstrip("\n"), dumps(chosen), ",".join(chosen)):
                yield form, ("objects", frozenset(chosen))

    def _frames(self) -> Iterator[tuple[str, Guess]]:
        """Frames without salts, and their leaves: every class of every object."""
        for classes in product(self.classes, repeat=len(self.codes)):
            pairs = list(zip(self.codes, classes, strict=True))
            yield "".join(f"{code}\t{one}\n" for code, one in pairs), ("classes", frozenset(pairs))
        for code, one in product(self.codes, self.classes):
            for form in (f"{code}\t{one}", f"{code}\t{one}\n", f"{code}{one}", f"\0{code}\t{one}"):
                yield form, ("classes", frozenset([(code, one)]))

    def _teams(self) -> Iterator[tuple[str, Guess]]:
        """assignment.json of every subset of objects, with the known directory of officers."""
        for chosen in subsets(self.codes):
            yield self.assignment(chosen), ("objects", frozenset(chosen))

    def assignment(self, objects: Collection[str]) -> str:
        """assignment.json (draw-spec 7) for these objects, as far as an outsider can know it."""
        groups = [
            {"name": name, "demand": seats, "requires": list(tags), "forbids": [], "excludes": []}
            for name, (seats, tags) in sorted(self.team.items())
        ]
        inspectors = [
            {"id": number, "tags": list(self.team[department][1]), "cap": 10_000, "load": 0}
            for department, numbers in self.staff.items()
            for number in numbers
        ]
        teams = [{"id": code, "groups": groups} for code in sorted(objects)]
        inspectors.sort(key=lambda one: str(one["id"]))
        return dumps({"v": "openlot/1", "teams": teams, "inspectors": inspectors, "slack": 0})

    def _payloads(self) -> Iterator[tuple[str, Guess]]:
        """Short payloads of what happens: every object, officer and value."""
        for code in self.codes:
            for form in (code, dumps({"object_code": code})):
                yield form, ("objects", frozenset([code]))
            for value in range(1, 9):
                for form in (dumps({"object_code": code, "value": value}), f"{code}\t{value}"):
                    yield form, ("results", frozenset([(code, value)]))
        for number in (number for numbers in self.staff.values() for number in numbers):
            for form in (number, dumps({"staff_no": number}), f"{number}\n"):
                yield form, ("officers", frozenset([number]))

    def _judge_ids(self, whole: str, learned: Learned) -> None:
        """Identifiers must come from chance: not from clocks, counters or names."""
        known = [*self.codes, *(n for numbers in self.staff.values() for n in numbers)]
        spaces = (uuid.NAMESPACE_DNS, uuid.NAMESPACE_URL, uuid.NAMESPACE_OID, uuid.NAMESPACE_X500)
        made = {str(uuid.uuid5(space, name)) for space in spaces for name in known}
        made |= {str(uuid.uuid3(space, name)) for space in spaces for name in known}
        found = set(UUID.findall(whole))
        learned.ids |= {one for one in found if one in made or uuid.UUID(one).version != 4}


def rows(text: str) -> Iterator[list[str]]:
    """The fields that stand together: lines with tabs or commas, JSON objects, table rows."""
    for line in text.splitlines():
        if "\t" in line:
            yield line.split("\t")
        if "," in line:
            yield [field.strip() for field in line.split(",")]
    for row in re.findall(r"<tr.*?</tr>", text, re.DOTALL):
        yield [cell.strip() for cell in re.findall(r">([^<>]+)<", row)]
    try:
        parsed = json.loads(text)
    except ValueError:
        return
    yield from objects_in(parsed)


def objects_in(value: Any) -> Iterator[list[str]]:
    if isinstance(value, dict):
        texts = [one for one in value.values() if isinstance(one, str)]
        inner = [one for one in value.values() if isinstance(one, dict)]
        yield texts + [one for each in inner for one in each.values() if isinstance(one, str)]
        for one in value.values():
            yield from objects_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from objects_in(one)


def subsets(codes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for size in range(1, len(codes) + 1):
        yield from combinations(sorted(codes), size)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def dumps(value: Any) -> str:
    """Canonical JSON of texts and integers (RFC 8785)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def seeds_in(texts: Iterable[str]) -> list[str]:
    """The seeds of all draws whose seed.txt is public."""
    return [digest(text) for text in texts if text.startswith("openlot/1/seed\n")]


def hypotheses(
    codes: Sequence[str],
    drawn: Collection[str],
    rates: Mapping[str, str],
    tickets: Mapping[str, str] | None,
) -> list[tuple[str, ...]]:
    """All ways to class the objects that fit a drawn list: by the counts that the rates give, and
    by the order of the tickets where these can be computed."""
    fitting = []
    for classes in product(sorted(rates), repeat=len(codes)):
        by_class: dict[str, list[str]] = {}
        for code, one in zip(codes, classes, strict=True):
            by_class.setdefault(one, []).append(code)
        if all(fits(members, drawn, rates[one], tickets) for one, members in by_class.items()):
            fitting.append(classes)
    return fitting


def fits(
    members: Sequence[str],
    drawn: Collection[str],
    rate: str,
    tickets: Mapping[str, str] | None,
) -> bool:
    wanted = ceil(Fraction(rate) * len(members))
    if tickets is None:
        return sum(code in drawn for code in members) == wanted
    first = sorted(members, key=lambda code: (tickets[code], code))[:wanted]
    return {code for code in members if code in drawn} == set(first)


def certain(codes: Sequence[str], fitting: Sequence[tuple[str, ...]]) -> set[tuple[str, str]]:
    """What is the same in every hypothesis."""
    if not fitting:
        return set()
    told = [set(column) for column in zip(*fitting, strict=True)]
    return {(code, *one) for code, one in zip(codes, told, strict=True) if len(one) == 1}


def open_tickets(codes: Sequence[str], seed: str, scope: str) -> dict[str, str]:
    """The tickets of an open frame, which anyone computes who has the seed (draw-spec 5)."""
    key = digest(f"openlot/1/key\n{seed}\ntarget\n{scope}\n")
    return {code: digest(key + code) for code in codes}

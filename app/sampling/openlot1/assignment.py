"""assignment.json: teams with open seats, and the inspectors who may fill them (draw-spec 7)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import lt
from typing import Any

from app.sampling.openlot1 import VERSION, canonical
from app.sampling.openlot1.errors import DrawError, blaming
from app.sampling.openlot1.fields import Fields
from app.sampling.openlot1.team_text import split_teams

MEMBER = "assignment.json"

_ID = re.compile(r"[0-9A-Za-z._:-]{1,64}")
_GROUP_NAME = re.compile(r"[0-9A-Za-z._-]{1,32}")
_TAG = re.compile(r"[^\x00-\x1f\x7f-\x9f]*")


@dataclass(frozen=True, slots=True)
class Group:
    """`demand` seats of a team that ask for the same qualification."""

    name: str
    demand: int
    requires: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Inspector:
    """`cap` bounds the seats in this draw; `load` is earlier work this year, in seats."""

    id: str
    tags: tuple[str, ...]
    cap: int
    load: int = 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """The checked content of assignment.json, everything in the order of the file."""

    teams: tuple[Team, ...]
    inspectors: tuple[Inspector, ...]
    slack: int


def may_take(inspector: Inspector, group: Group) -> bool:
    """Whether qualification and recusal allow it; seats of the same team and caps are not asked."""
    tags = set(inspector.tags)
    return (
        tags.issuperset(group.requires)
        and tags.isdisjoint(group.forbids)
        and inspector.id not in group.excludes
    )


def parse_assignment(data: bytes) -> Assignment:
    """The assignment of a draw, or the DrawError that names the first rule it breaks.

    Nothing is sorted, trimmed or merged here: the digest is over these very bytes.
    """
    with blaming(MEMBER):
        return _parsed_by_parts(data) or _parsed(canonical.loads(data))


def _parsed(value: Any) -> Assignment:
    top = Fields(value, "", ("v", "teams", "inspectors", "slack"), member=MEMBER)
    top.one_of("v", (VERSION,))
    slack = top.integer("slack", 0, "slack-negative")
    inspectors = tuple(_inspector(item, i) for i, item in enumerate(top.list("inspectors")))
    _strictly_ascending([inspector.id for inspector in inspectors], "inspectors")
    teams = tuple(_team(item, i) for i, item in enumerate(top.list("teams")))
    _strictly_ascending([team.id for team in teams], "teams")
    return Assignment(teams=teams, inspectors=inspectors, slack=slack)


def _parsed_by_parts(data: bytes) -> Assignment | None:
    """The same with each of the groups that are alike read once, which takes a third of the time.

    None where any rule is broken: which is first, the file as a whole tells.
    """
    parts = split_teams(data)
    if parts is None:
        return None
    try:
        rest = _parsed(canonical.loads(parts.rest))
        groups = [_group(item, "") for item in canonical.loads(parts.groups)]
    except DrawError:
        return None
    ids = [team_id for team_id, _ in parts.teams]
    if len(groups) != parts.count or not all(map(_ID.fullmatch, ids)) or not _ascends(ids):
        return None
    alike = {text: tuple([groups[n] for n in places]) for text, places in parts.groups_of.items()}
    if any(len({group.name for group in one}) < len(one) for one in alike.values()):
        return None
    teams = tuple([Team(team_id, alike[text]) for team_id, text in parts.teams])
    return Assignment(teams=teams, inspectors=rest.inspectors, slack=rest.slack)


def write_assignment(teams: Iterable[Team], inspectors: Iterable[Inspector], slack: int) -> bytes:
    """assignment.json of these teams and inspectors in any order; groups keep theirs.

    What `parse_assignment` would refuse (duplicates, alphabets, ranges) is refused here too.
    """
    data = canonical.dumps(
        {
            "v": VERSION,
            "teams": [
                {"id": team.id, "groups": [_group_members(group) for group in team.groups]}
                for team in sorted(teams, key=lambda team: team.id)
            ],
            "inspectors": [
                {"id": i.id, "tags": sorted(i.tags), "cap": i.cap, "load": i.load}
                for i in sorted(inspectors, key=lambda inspector: inspector.id)
            ],
            "slack": slack,
        }
    )
    parse_assignment(data)
    return data


def _group_members(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "demand": group.demand,
        "requires": sorted(group.requires),
        "forbids": sorted(group.forbids),
        "excludes": sorted(group.excludes),
    }


def _team(item: Any, index: int) -> Team:
    where = f"teams[{index}]"
    fields = Fields(item, where, ("id", "groups"), member=MEMBER)
    team_id = _named(fields, "id", _ID, "team-id")
    groups = tuple(
        _group(group, f"{where}.groups[{i}]") for i, group in enumerate(fields.list("groups"))
    )
    names = [group.name for group in groups]
    if len(set(names)) != len(names):
        raise fields.refusal("group-duplicate", "groups", "name a group twice", "组名重复")
    return Team(id=team_id, groups=groups)


def _group(item: Any, where: str) -> Group:
    names = ("name", "demand", "requires", "forbids", "excludes")
    fields = Fields(item, where, names, member=MEMBER)
    return Group(
        name=_named(fields, "name", _GROUP_NAME, "group-name"),
        demand=fields.integer("demand", 1, "demand-none"),
        requires=_texts(fields, "requires", _TAG, where),
        forbids=_texts(fields, "forbids", _TAG, where),
        excludes=_texts(fields, "excludes", _ID, where),
    )


def _inspector(item: Any, index: int) -> Inspector:
    where = f"inspectors[{index}]"
    fields = Fields(item, where, ("id", "tags", "cap", "load"), member=MEMBER)
    return Inspector(
        id=_named(fields, "id", _ID, "inspector-id"),
        tags=_texts(fields, "tags", _TAG, where),
        cap=fields.integer("cap", 0, "cap-negative"),
        load=fields.integer("load", 0, "load-negative"),
    )


def _named(fields: Fields, name: str, alphabet: re.Pattern[str], code: str) -> str:
    value = fields.text(name)
    if not alphabet.fullmatch(value):
        form = alphabet.pattern
        raise fields.refusal(code, name, f"does not match {form}", f"不符合 {form}")
    return value


def _texts(fields: Fields, name: str, alphabet: re.Pattern[str], where: str) -> tuple[str, ...]:
    values = fields.list(name)
    for i, value in enumerate(values):
        if not isinstance(value, str) or not alphabet.fullmatch(value):
            raise fields.refusal(
                f"{name}-entry", f"{name}[{i}]", f"is not {alphabet.pattern}", "含有不允许的内容"
            )
    _strictly_ascending(values, name, f"{where}.")
    return tuple(values)


def _ascends(values: Sequence[str]) -> bool:
    # Code points order like UTF-8 bytes, so the order of Python strings is the one of the spec.
    return all(map(lt, values, values[1:]))


def _strictly_ascending(values: Sequence[str], name: str, where: str = "") -> None:
    if _ascends(values):
        return
    for i in range(1, len(values)):
        at = f"{where}{name}[{i}]"
        if values[i - 1] == values[i]:
            raise DrawError(f"{name}-duplicate", f"{at} occurs twice", f"{at} 重复", member=MEMBER)
        if values[i - 1] > values[i]:
            raise DrawError(
                f"{name}-unsorted", f"{at} is out of order", f"{at} 未按序排列", member=MEMBER
            )

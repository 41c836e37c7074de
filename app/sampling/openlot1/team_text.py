"""The teams of assignment.json as text: most of their groups are repeated, so each is read once."""

from dataclasses import dataclass

_BEFORE = ',"teams":['
_AFTER = '],"v":"openlot/1"}'
_TEAM_BEGINS = '{"groups":['
_ID_BEGINS = '],"id":"'
_TEAM_ENDS = '"}'


@dataclass(frozen=True, slots=True)
class TeamTexts:
    """`rest` is the file without its teams, `groups` an array of `count` groups, no two alike.

    `teams` has the id and the text of all groups of each team, `groups_of` for each such text the
    places of its groups in the array. If `rest` and `groups` are canonical JSON, the array does
    have `count` items, and the ids need no escape, then so is the file, and it means just this:
    it is put together from them.
    """

    rest: bytes
    groups: bytes
    count: int
    teams: list[tuple[str, str]]
    groups_of: dict[str, list[int]]


def split_teams(data: bytes) -> TeamTexts | None:
    """Parts of a file that is written as ours are; None for any that is not, right or wrong."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    before, found, teams_text = text.partition(_BEFORE)
    body = teams_text.removesuffix(_TEAM_ENDS + _AFTER)
    if not found or body == teams_text or not body.startswith(_TEAM_BEGINS):
        return None
    between = f"{_TEAM_ENDS},{_TEAM_BEGINS}"
    teams: list[tuple[str, str]] = []
    for team in body.removeprefix(_TEAM_BEGINS).split(between):
        groups, found, team_id = team.rpartition(_ID_BEGINS)
        if not found:
            return None
        teams.append((team_id, groups))
    place: dict[str, int] = {}
    groups_of: dict[str, list[int]] = {}
    for groups in {groups: None for _, groups in teams}:
        if groups and not (groups[0] == "{" and groups[-1] == "}"):
            return None
        each = groups[1:-1].split("},{") if groups else ()
        groups_of[groups] = [place.setdefault(group, len(place)) for group in each]
    array = f"[{{{'},{'.join(place)}}}]" if place else "[]"
    return TeamTexts(
        rest=f"{before}{_BEFORE}{_AFTER}".encode(),
        groups=array.encode(),
        count=len(place),
        teams=teams,
        groups_of=groups_of,
    )

"""The two members of an evidence bundle that explain it: verify.py and VERIFY.md."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_BLOCK = re.compile(r"<!-- only: ([a-z0-9 ]+) -->\n(.*?)<!-- end -->\n", re.DOTALL)
_PLACE = re.compile(r"\{\{([A-Z_]+)\}\}")


@dataclass(frozen=True)
class TicketExample:
    """One ticket of the draw that a reader can recompute with sha256sum.

    `subject` is an object id, for an inspector draw the text `team|group|seat|inspector_id`;
    `salt` is the salt of its line in a sealed frame, otherwise empty (draw-spec 5 and 7).
    `folder` is that of its part in a campaign, `parts/1-NAME/`, otherwise empty.
    """

    subject: str
    ticket: str
    salt: str = ""
    folder: str = ""


def verify_py() -> bytes:
    """The verifier, to be copied into every bundle as it is (draw-spec 9)."""
    return (_HERE / "verify.py").read_bytes()


def verify_html() -> bytes:
    """The verifier for a browser. It is no member of a bundle: a bundle cannot vouch for itself."""
    return (_HERE / "verify.html").read_bytes()


def verify_md(
    *,
    commitment: Mapping[str, Any],
    seed: str | None,
    key: str | None,
    example: TicketExample | None,
    public: bool = False,
) -> bytes:
    """VERIFY.md for one draw: how to check it by hand, in Chinese and English (draw-spec 9).

    `key` is key(target, scope), for an inspector draw key(seat, scope). A section whose values are
    None is left out. `public` tells the public bundle of a sealed frame, which holds no lists.
    """
    folder, part = _part(commitment, example.folder if example else "")
    holds = {
        commitment["alg"],
        commitment["stage"],
        commitment["purpose"],
        "sealed" if part.get("frame", {}).get("sealed") else "open",
        "public" if public else "audit",
        *(name for name, value in (("seed", seed), ("key", key)) if value is not None),
        *(("example",) if example is not None and not public else ()),
        *(("rates",) if part.get("design", {}).get("strata") else ()),
        *(("campaign",) if folder and not public else ()),
    }
    values = _values(commitment, example, folder) | {"SEED": seed or "", "KEY": key or ""}
    template = (_HERE / "VERIFY.md").read_text("utf-8")
    chosen = _BLOCK.sub(lambda b: f"{b[2]}\n" if holds.issuperset(b[1].split()) else "", template)
    return _PLACE.sub(lambda place: values[place[1]], chosen.strip() + "\n").encode()


def _values(
    commitment: Mapping[str, Any], example: TicketExample | None, folder: str
) -> dict[str, str]:
    """What stands for the places of the template that need no seed."""
    name = folder.removeprefix("parts/").removesuffix("/")
    return {
        "DRAW_ID": _prose(commitment["draw_id"]),
        "ATTEMPT": str(commitment["attempt"]),
        "SCOPE": shlex.quote(commitment["scope"]),
        "ID": shlex.quote(example.subject) if example else "",
        "SALT": example.salt if example else "",
        "TICKET": example.ticket if example else "",
        "IN": folder,
        "PART": name.partition("-")[0] or "1",
        "PUBLISHED": "parts/*/published.tsv" if folder else "published.tsv",
        "DUCKDB_PART": f""" -cmd "SET VARIABLE part = '{name}'\"""" if folder else "",
        "PSQL_PART": f" -v part={name}" if folder else "",
    }


def _part(commitment: Mapping[str, Any], folder: str) -> tuple[str, Mapping[str, Any]]:
    """Folder and committed value of the part shown; of a plain draw "" and all of it."""
    folders = {
        f"parts/{number}-{part['name']}/": part
        for number, part in enumerate(commitment.get("parts", ()), start=1)
    }
    first = folder or next(iter(folders), "")
    return first, folders[first] if first else commitment


def _prose(text: str) -> str:
    """Text that cannot leave its place between backticks."""
    return "".join(c if c.isprintable() and c != "`" else "?" for c in text)

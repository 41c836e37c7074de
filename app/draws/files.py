"""The files of a draw, made of what was decided and what was asked. Pure, but that the code of
the draw is read to be named in the commitment."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib import resources
from importlib.metadata import version
from typing import Any

from app.draws.errors import ClassWithoutRate
from app.draws.schemas import SeedSource, SeedValue
from app.plans.models import RANDOM_START, PlanLine
from app.plans.schemas import PlanLineRead
from app.sampling.openlot1 import canonical


def design_of(line: PlanLine, strata: set[str]) -> dict[str, Any]:
    """The design of draw-spec 6: every stratum with the rate or number of its class; where the
    plan line rounds from a random start, the regions of a class share one total. It is public, so
    it names every class in every region alike: which of these strata are empty must not show."""
    asked = {one["credit_class"]: one for one in line.class_rates}
    missing = sorted({stratum[0] for stratum in strata} - set(asked))
    if missing:
        raise ClassWithoutRate(classes="、".join(missing))
    places = sorted({stratum[1:] for stratum in strata})
    cells = {name: [name + place for place in places] for name in sorted(asked)}
    shared = [
        {"total": name, "rate": asked[name]["rate"], "cells": cells[name]}
        for name in cells
        if line.rounding == RANDOM_START and asked[name]["rate"] is not None
    ]
    apart = set(cells) - {one["total"] for one in shared}
    design: dict[str, Any] = {
        "strata": [
            {"stratum": stratum} | _share(asked[name], line.rounding)
            for name in sorted(apart)
            for stratum in cells[name]
        ],
        "min_per_stratum": line.min_per_stratum,
        "reserves": line.reserves,
    }
    return design | ({"cells": shared} if shared else {})


def _share(asked: Mapping[str, Any], rounding: str) -> dict[str, Any]:
    if asked["rate"] is None:
        return {"fixed": asked["fixed"]}
    return {"rate": asked["rate"], "rounding": rounding}


def source_params(source: SeedSource) -> dict[str, Any]:
    return {"type": source.type, "params": source.model_dump(exclude={"type"})}


def code_reference() -> dict[str, str]:
    """Version and digest of the draw core: SHA-256 over the lines `<sha256>  <file>` of the draw core's source files, in byte order
    of their names: `sha256sum *.py | sha256sum` in the folder app/sampling/openlot1."""
    folder = resources.files("app.sampling.openlot1")
    files = sorted(f.name for f in folder.iterdir() if f.name.endswith(".py"))
    lines = [f"{sha256(folder.joinpath(n).read_bytes()).hexdigest()}  {n}\n" for n in files]
    digest = sha256("".join(lines).encode()).hexdigest()
    return {"version": version("openlot"), "sha256": digest}


def plan_reference(line: PlanLine) -> dict[str, str]:
    """Code of the plan line, and SHA-256 of its canonical JSON as the API shows it."""
    shown = PlanLineRead.model_validate(line).model_dump(mode="json")
    return {"ref": line.code, "sha256": sha256(canonical.dumps(shown)).hexdigest()}


def source_files(lines: Sequence[str], values: Sequence[SeedValue]) -> dict[str, bytes]:
    return {
        f"sources/{number}-{value.type}.json": canonical.dumps(
            {
                "line": line,
                "type": value.type,
                "evidence": value.model_dump(mode="json", exclude={"type", "value"}),
            }
        )
        for number, (line, value) in enumerate(zip(lines, values, strict=True), start=1)
    }

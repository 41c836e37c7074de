"""The inspector draw: the whole of it, with its search for L, against one max flow of OR-tools.

`draw_over_solver` sets the draw against the flow that seats people by name, with an arc for each
pair of a seat's group and an eligible inspector: the same problem as the draw's, though any
filling will do. `draw_over_solver_merged` sets it against the flow in which groups that are alike
are one: that is quicker, but a verdict only, nobody is named. So it is no peer of a draw, only of
our own verdict, `feasibility_over_solver`.

All wall times run from assignment.json on disk; ours to the files of the result, the solver's to
its flow, from which no file is written. The verdicts must agree in every case.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.bench import seating, solver, teams
from app.bench.child import BenchFailed, Job, Measured, Told, in_child, measure
from app.bench.figures import Result, ratio, result

MOST_TEAMS = 10_000
"""At most so many teams: more are not asked for by anybody's campaign."""
TIMES = 3
EASY, SATURATED = "easy", "saturated"
INFEASIBLE = ("short-somewhere", "short-everywhere")

Measurements = Mapping[str, Measured]


@dataclass(frozen=True)
class Case:
    """A folder with a draw, what its maker told of it, and the slack of its assignment."""

    folder: Path
    told: Told
    slack: int

    @property
    def feasible(self) -> bool:
        return self.told["level"] is not None

    @property
    def working_level(self) -> int | None:
        """L + slack, the level of the working caps; None, the caps of the file, if there is no L."""
        return self.told["level"] + self.slack if self.feasible else None


def bench_assignment(rows: int, *, times: int = TIMES) -> list[Result]:
    """The figures of docs/benchmarks.md for `rows` teams, MOST_TEAMS of them at most.

    Raises BenchFailed when the solver and the draw disagree.
    """
    if missing := solver.missing_libraries():
        raise BenchFailed(
            f"{', '.join(missing)} missing: development dependencies; run "
            "`python3 dev.py bench assignment`, or install requirements-dev.lock · "
            "缺少开发依赖，请运行 `python3 dev.py bench assignment`"
        )
    with tempfile.TemporaryDirectory(prefix="olbench") as made:
        return against_solver(Path(made), min(rows, MOST_TEAMS), times=times)


def against_solver(folder: Path, count: int, *, times: int) -> list[Result]:
    """All figures, made in an empty folder."""
    cases = {kind: _case(folder / kind, kind, count) for kind in teams.KINDS}
    for kind, case in cases.items():
        if case.feasible is (kind in INFEASIBLE):
            raise BenchFailed(f"{kind}: meant to be {'in' if case.feasible else ''}feasible")
    compared = sum(_require_verdicts(kind, case) for kind, case in cases.items())
    done = measure(_jobs(cases, times))
    _require_agreement(cases, done)
    easy = cases[EASY].told
    return [
        result("teams", count, "teams"),
        result("inspectors", easy["inspectors"], "inspectors"),
        result("seats", easy["seats"], "seats"),
        result("pairs", easy["pairs"], "pairs of a group and an eligible inspector"),
        result("runs", times, "each"),
        result("equal_verdicts", compared, "flows that agree with the draw"),
        *_solver_figures(done),
        *_case_figures(cases, done),
        result("peak_mb", done[f"draw {EASY}"].peak_mb, "MB", "<= 800"),
        result("saturated_peak_mb", done[f"draw {SATURATED}"].peak_mb, "MB"),
    ]


def _case(folder: Path, kind: str, count: int) -> Case:
    folder.mkdir()
    told = in_child(teams.write_case, folder, kind=kind, teams=count)
    return Case(folder, told, teams.KINDS[kind].slack)


def _require_verdicts(kind: str, case: Case) -> int:
    """How many flows agree with the draw: under its caps, and at L and one level below, where L is
    the least. Raises BenchFailed if one does not."""
    expected = {case.working_level: case.feasible}
    if case.feasible:
        expected |= {case.told["level"]: True, case.told["level"] - 1: False}
    told = in_child(solver.verdicts, case.folder, levels=list(expected))["flows"]
    for number, level in enumerate(expected):
        for flow in told[2 * number : 2 * number + 2]:
            name = f"{kind}, level {level}"
            require_verdict(name, flow, seats=case.told["seats"], feasible=expected[level])
    return len(told)


def _jobs(cases: Mapping[str, Case], times: int) -> dict[str, Job]:
    """What is divided by each other stands together."""
    easy = cases[EASY]
    level = easy.working_level
    jobs = {"feasibility": Job(seating.verdict, easy.folder, times)}
    for name, merged in (("solver merged", True), ("solver", False)):
        given = {"level": level, "merged": merged}
        jobs[name] = Job(solver.max_flow, easy.folder, times, given)
    return jobs | {
        f"draw {kind}": Job(seating.draw, case.folder, times) for kind, case in cases.items()
    }


def _require_agreement(cases: Mapping[str, Case], done: Measurements) -> None:
    """Raises BenchFailed unless what was measured had the verdicts that were compared before."""
    easy = cases[EASY]
    drawn = {f"draw {kind}": case for kind, case in cases.items()}
    for name, case in {**drawn, "feasibility": easy}.items():
        ours = done[name].told
        if (ours["feasible"], ours["level"]) != (case.feasible, case.told["level"]):
            raise BenchFailed(f"{name}: {ours}, but when the case was made: {case.told}")
    for name in ("solver", "solver merged"):
        require_verdict(name, done[name].told, seats=easy.told["seats"], feasible=easy.feasible)


def require_verdict(name: str, told: Told, *, seats: int, feasible: bool) -> None:
    """Raises BenchFailed unless the flow fills all these seats just where the draw does."""
    if told["seats"] != seats or (told["filled"] == seats) != feasible:
        raise BenchFailed(
            f"{name}: {told['filled']} of {told['seats']} seats filled, "
            f"but the draw of {seats} is {'' if feasible else 'not '}feasible"
        )


def _solver_figures(done: Measurements) -> list[Result]:
    draw, verdict = done[f"draw {EASY}"].seconds, done["feasibility"].seconds
    by_name, merged = done["solver"], done["solver merged"]
    return [
        result("draw", draw, "s"),
        result("feasibility", verdict, "s, search for L alone"),
        result("solver", by_name.seconds, f"s, {by_name.told['arcs']:,} arcs, says who sits where"),
        result("solver_merged", merged.seconds, f"s, {merged.told['arcs']:,} arcs, verdict only"),
        ratio("draw_over_solver", draw, by_name.seconds, "<= 3.0"),
        ratio("draw_over_solver_merged", draw, merged.seconds),
        ratio("feasibility_over_solver", verdict, merged.seconds),
    ]


def _case_figures(cases: Mapping[str, Case], done: Measurements) -> list[Result]:
    """The hard cases over the easy one; of those without a result the slower counts."""
    easy, saturated = done[f"draw {EASY}"].seconds, done[f"draw {SATURATED}"].seconds
    seats = {kind: case.told["seats"] for kind, case in cases.items()}
    seconds = {kind: done[f"draw {kind}"].seconds for kind in INFEASIBLE}
    slower = max(seconds, key=seconds.__getitem__)
    return [
        result("saturated_seats", seats[SATURATED], "seats"),
        result("saturated", saturated, "s"),
        ratio("saturated_over_easy", saturated / seats[SATURATED], easy / seats[EASY], "<= 4"),
        *(result(kind.replace("-", "_"), seconds[kind], "s") for kind in INFEASIBLE),
        ratio("infeasible_over_easy", seconds[slower], easy, "<= 2"),
    ]

"""The bench of the inspector draw, at a size that takes seconds: every figure is there, and a solver
that disagrees stops it."""

from pathlib import Path
from typing import Any

import pytest

import app.bench.assignment as bench
from app import bench as benches
from app.bench import seating, solver, teams
from app.bench.child import BenchFailed, Measured, Told, Work
from app.sampling.openlot1.assignment import Group, Inspector, Team, write_assignment

TEAMS = 500
KEYS = {
    "teams",
    "inspectors",
    "seats",
    "pairs",
    "runs",
    "equal_verdicts",
    "draw",
    "feasibility",
    "solver",
    "solver_merged",
    "draw_over_solver",
    "draw_over_solver_merged",
    "feasibility_over_solver",
    "saturated_seats",
    "saturated",
    "saturated_over_easy",
    "short_somewhere",
    "short_everywhere",
    "infeasible_over_easy",
    "peak_mb",
    "saturated_peak_mb",
}
GOALS = {
    "draw_over_solver": "<= 3.0",
    "saturated_over_easy": "<= 4",
    "infeasible_over_easy": "<= 2",
    "peak_mb": "<= 800",
}
BOTH_MODELS = pytest.mark.parametrize("merged", [False, True])


def here(work: Work, folder: Path, **given: Any) -> Told:
    """In place of a child, where nothing is measured."""
    return work(folder, **given)


def test_a_small_run_has_every_figure_and_the_verdicts_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bench, "in_child", here)
    results = bench.against_solver(tmp_path, TEAMS, times=1)
    assert {one["what"] for one in results} == KEYS
    assert {one["what"]: one["goal"] for one in results if "goal" in one} == GOALS
    values = {one["what"]: one["value"] for one in results}
    assert all(value > 0 for value in values.values())
    # Two flows at three levels of each feasible case, and in each other one.
    assert values["equal_verdicts"] == 16
    assert values["seats"] == (tmp_path / "easy" / "assignment.tsv").read_bytes().count(b"\n")
    for kind in bench.INFEASIBLE:
        assert (tmp_path / kind / "certificate.json").exists()
        assert not (tmp_path / kind / "assignment.tsv").exists()


def test_the_goal_is_held_against_the_flow_that_seats_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def measured(jobs):
        """Two seconds for a flow by name, one for a merged one, six for all else."""
        seconds = {False: 2.0, True: 1.0, None: 6.0}
        return {
            name: Measured(
                seconds[job.given.get("merged")], 1, here(job.work, job.folder, **job.given)
            )
            for name, job in jobs.items()
        }

    monkeypatch.setattr(bench, "in_child", here)
    monkeypatch.setattr(bench, "measure", measured)
    told = {one["what"]: one for one in bench.against_solver(tmp_path, TEAMS, times=1)}
    assert (told["solver"]["value"], told["solver_merged"]["value"]) == (2.0, 1.0)
    assert told["draw_over_solver"]["value"] == 3.0
    assert told["draw_over_solver_merged"]["value"] == 6.0
    assert told["feasibility_over_solver"]["value"] == 6.0


def test_the_cases_are_the_same_every_time(tmp_path: Path):
    made = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        teams.write_case(tmp_path / name, kind="easy", teams=TEAMS)
        made.append((tmp_path / name / "assignment.json").read_bytes())
    assert made[0] == made[1]


def test_the_full_size_is_what_the_figures_are_about():
    full = teams.assignment_of(teams.KINDS["saturated"], bench.MOST_TEAMS)
    seats = sum(group.demand for team in full.teams for group in team.groups)
    caps = sum(inspector.cap for inspector in full.inspectors)
    assert (len(full.teams), len(full.inspectors), seats) == (10_000, 2_000, 20_000)
    assert caps / seats == pytest.approx(1.16, abs=0.01)
    tags = {tag for inspector in full.inspectors for tag in inspector.tags}
    assert len(tags) == teams.QUALIFICATIONS + teams.DEPARTMENTS + len([teams.LEAD])


def written(folder: Path, *, groups: tuple[Group, ...], teams_alike: int, caps: tuple[int, ...]):
    made = [Team(f"T{n}", groups) for n in range(teams_alike)]
    people = [Inspector(f"I{n}", ("a",), cap, 3) for n, cap in enumerate(caps)]
    (folder / "assignment.json").write_bytes(write_assignment(made, people, 0))


@BOTH_MODELS
def test_the_solver_seats_nobody_twice_in_a_team(tmp_path: Path, merged: bool):
    led = (Group("lead", 1, ("a",)), Group("main", 1, ("a",)))
    written(tmp_path, groups=led, teams_alike=2, caps=(4,))
    told = solver.max_flow(tmp_path, level=None, merged=merged)
    assert (told["seats"], told["filled"]) == (4, 2)
    written(tmp_path, groups=(Group("main", 2, ("a",)),), teams_alike=2, caps=(4,))
    told = solver.max_flow(tmp_path, level=None, merged=merged)
    assert (told["seats"], told["filled"]) == (4, 2)


@BOTH_MODELS
def test_the_solver_keeps_to_qualification_recusal_and_level(tmp_path: Path, merged: bool):
    def filled(group: Group, level: int | None) -> int:
        written(tmp_path, groups=(group,), teams_alike=3, caps=(2, 2))
        told: int = solver.max_flow(tmp_path, level=level, merged=merged)["filled"]
        return told

    assert filled(Group("main", 1, ("a",)), None) == 3
    assert filled(Group("main", 1, ("a",), (), ("I0",)), None) == 2
    assert filled(Group("main", 1, ("a",), (), ("I0",)), 4) == 1
    assert filled(Group("main", 1, ("a",), ("a",)), None) == 0
    assert filled(Group("main", 1, ("b",)), None) == 0


@pytest.mark.parametrize(
    ("seats", "filled", "feasible"), [(5, 5, False), (5, 4, True), (6, 5, True)]
)
def test_a_solver_that_disagrees_stops_the_run(seats: int, filled: int, feasible: bool):
    told = {"seats": 5, "filled": filled}
    with pytest.raises(BenchFailed, match=f"flow: {filled} of 5 seats filled"):
        bench.require_verdict("flow", told, seats=seats, feasible=feasible)
    bench.require_verdict("flow", {"seats": 5, "filled": 5}, seats=5, feasible=True)
    bench.require_verdict("flow", {"seats": 5, "filled": 4}, seats=5, feasible=False)


def test_a_certificate_that_proves_nothing_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    teams.write_case(tmp_path, kind="short-somewhere", teams=TEAMS)
    assert seating.draw(tmp_path)["feasible"] is False
    monkeypatch.setattr(seating, "check_certificate", lambda *_: False)
    with pytest.raises(BenchFailed, match="does not prove it"):
        seating.draw(tmp_path)


def test_libraries_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(solver, "LIBRARIES", ("json", "no_such_solver"))
    assert benches.run_bench("assignment", rows=TEAMS, out=None) == 1
    told = capsys.readouterr().err
    assert "no_such_solver missing" in told
    assert "dev.py bench assignment" in told


def test_no_more_teams_are_measured_than_the_most(monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(
        bench, "against_solver", lambda folder, count, *, times: asked.append(count) or []
    )
    for rows in (1_000_000, 700):
        bench.bench_assignment(rows)
    assert asked == [bench.MOST_TEAMS, 700]

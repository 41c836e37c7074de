"""OR-tools' max flow on an inspector draw: one filling of the seats, or that there is none.

From assignment.json on disk, read without any check, to the verdict. The network is built with
numpy in bulk: groups, inspectors, and a node of its own for a pair of a team and an inspector only
where two groups of the team want the same one; elsewhere the arc from group to inspector, of
capacity 1, does what the pair does.
"""

import importlib
import importlib.util
import json
import time
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

from app.bench.child import Told

LIBRARIES = ("numpy", "ortools")

Unit = tuple[tuple[int, int], ...]
"""Demand of each group and, as bits of a number, who may sit in it: groups of one team that want
some of the same inspectors; mostly a single one."""


def missing_libraries() -> list[str]:
    """Those of LIBRARIES that this environment does not hold."""
    return [name for name in LIBRARIES if importlib.util.find_spec(name) is None]


def max_flow(folder: Path, *, level: int | None, merged: bool) -> Told:
    """Tells seats, arcs and how many seats a largest flow fills under the caps of draw-spec 7 at
    `level`, or under those of the file.

    Without `merged` the flow says who sits in which team. With it, groups that want as many of the
    same inspectors are one node, whose arcs have the number of teams as capacity: a flow of whole
    numbers can always be dealt out to teams that are alike, so the verdict is the same, but nobody
    is named.
    """
    numpy = importlib.import_module("numpy")
    solver = importlib.import_module("ortools.graph.python.max_flow").SimpleMaxFlow()
    started = time.perf_counter()
    data = json.loads((folder / "assignment.json").read_bytes())
    masks = _Masks(data["inspectors"])
    units = [unit for team in data["teams"] for unit in masks.units(team["groups"])]
    network = _Network(numpy, len(data["inspectors"]))
    for unit, teams in Counter(units).items() if merged else ((unit, 1) for unit in units):
        network.add(unit, teams)
    tails, heads, capacities = network.arcs(_caps(numpy, data["inspectors"], level))
    solver.add_arcs_with_capacity(tails, heads, capacities)
    status = solver.solve(network.source, network.sink)
    seconds = time.perf_counter() - started
    if status != solver.OPTIMAL:
        raise RuntimeError(f"the solver says {status}")
    seats = sum(demand for unit in units for demand, _ in unit)
    return {
        "seconds": seconds,
        "seats": seats,
        "filled": int(solver.optimal_flow()),
        "arcs": len(tails),
    }


def verdicts(folder: Path, *, levels: list[int | None]) -> Told:
    """What both kinds of flow tell at each of these levels, merged ones first."""
    flows = [
        max_flow(folder, level=level, merged=merged) for level in levels for merged in (True, False)
    ]
    return {"seconds": sum(flow["seconds"] for flow in flows), "flows": flows}


def _caps(numpy: Any, inspectors: list[dict[str, Any]], level: int | None) -> Any:
    caps = numpy.array([one["cap"] for one in inspectors])
    if level is None:
        return caps
    loads = numpy.array([one["load"] for one in inspectors])
    return numpy.minimum(caps, numpy.maximum(0, level - loads))


class _Masks:
    """Who may sit where, sets of inspectors as bits."""

    def __init__(self, inspectors: list[dict[str, Any]]) -> None:
        self._everyone = (1 << len(inspectors)) - 1
        self._bit = {one["id"]: 1 << number for number, one in enumerate(inspectors)}
        self._holders: dict[str, int] = {}
        for one in inspectors:
            for tag in one["tags"]:
                self._holders[tag] = self._holders.get(tag, 0) | self._bit[one["id"]]

    def units(self, groups: list[dict[str, Any]]) -> list[Unit]:
        """The groups alone, if no two of the team can want the same inspector, else together."""
        wanted = [(group["demand"], self._eligible(group)) for group in groups]
        if all(not one & other for (_, one), (_, other) in combinations(wanted, 2)):
            return [(one,) for one in wanted]
        return [tuple(wanted)]

    def _eligible(self, group: dict[str, Any]) -> int:
        mask = self._everyone
        for tag in group["requires"]:
            mask &= self._holders.get(tag, 0)
        for tag in group["forbids"]:
            mask &= ~self._holders.get(tag, 0)
        for inspector_id in group["excludes"]:
            mask &= ~self._bit.get(inspector_id, 0)
        return mask


class _Network:
    """Nodes and arcs as they come: source, sink, inspectors, then groups and pairs."""

    source, sink, first_inspector = 0, 1, 2

    def __init__(self, numpy: Any, inspectors: int) -> None:
        self._numpy = numpy
        self._bytes = -(-inspectors // 8)
        self._nodes = self.first_inspector + inspectors
        self._members: dict[int, Any] = {}
        self._wants: list[tuple[int, int]] = []
        self._lengths: list[tuple[int, int, int]] = []
        self._heads: list[Any] = []

    def add(self, unit: Unit, teams: int) -> None:
        """The seats of one unit of so many teams."""
        if len(unit) == 1:
            [(demand, mask)] = unit
            self._add_group(demand, self._nodes_of(mask), teams)
            return
        shared_mask = 0
        for (_, one), (_, other) in combinations(unit, 2):
            shared_mask |= one & other
        shared = self._nodes_of(shared_mask)
        first_pair = self._nodes
        self._nodes += len(shared)
        for demand, mask in unit:
            inside = self._numpy.searchsorted(shared, self._nodes_of(mask & shared_mask))
            alone = self._nodes_of(mask & ~shared_mask)
            heads = self._numpy.concatenate((alone, first_pair + inside))
            self._add_group(demand, heads, teams)
        for pair, inspector in enumerate(shared, first_pair):
            self._lengths.append((pair, 1, teams))
            self._heads.append([inspector])

    def arcs(self, caps: Any) -> tuple[Any, Any, Any]:
        """Tails, heads and capacities of all arcs, with room for `caps` seats by inspector."""
        numpy = self._numpy
        wants, lengths = numpy.array(self._wants), numpy.array(self._lengths)
        inspectors = numpy.arange(self.first_inspector, self.first_inspector + len(caps))
        tails = (
            numpy.repeat(lengths[:, 0], lengths[:, 1]),
            numpy.full(len(wants), self.source),
            inspectors,
        )
        heads = (*self._heads, wants[:, 0], numpy.full(len(caps), self.sink))
        capacities = (numpy.repeat(lengths[:, 2], lengths[:, 1]), wants[:, 1], caps)
        return (
            numpy.concatenate(tails).astype(numpy.int32),
            numpy.concatenate(heads).astype(numpy.int32),
            numpy.concatenate(capacities).astype(numpy.int64),
        )

    def _add_group(self, demand: int, heads: Any, teams: int) -> None:
        self._wants.append((self._nodes, demand * teams))
        self._lengths.append((self._nodes, len(heads), teams))
        self._heads.append(heads)
        self._nodes += 1

    def _nodes_of(self, mask: int) -> Any:
        """The nodes of a set of inspectors, ascending."""
        if mask not in self._members:
            bits = self._numpy.frombuffer(mask.to_bytes(self._bytes, "little"), dtype="uint8")
            unpacked = self._numpy.unpackbits(bits, bitorder="little")
            self._members[mask] = self.first_inspector + self._numpy.flatnonzero(unpacked)
        return self._members[mask]

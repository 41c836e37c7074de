"""Results as data and as a table for the terminal, with the goals that were missed in plain sight."""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Result = dict[str, Any]
"""{"what","value","unit"}, and "goal" where there is one: a comparison and a number."""

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
}


def result(what: str, value: float, unit: str, goal: str | None = None) -> Result:
    """One figure, rounded to three digits after the point at most."""
    told = {"what": what, "value": value if isinstance(value, int) else round(value, 3)}
    return {**told, "unit": unit, **({"goal": goal} if goal else {})}


def ratio(what: str, over: float, under: float, goal: str | None = None) -> Result:
    """How many times `over` is `under`, both in seconds."""
    return result(what, over / under, "times", goal)


def missed(one: Result) -> bool:
    """Whether there is a goal, and the value does not meet it."""
    if "goal" not in one:
        return False
    sign, number = one["goal"].split()
    return not COMPARISONS[sign](one["value"], float(number))


def table(results: Sequence[Result]) -> str:
    """Lines of columns: what, value, unit, goal, and MISSED where it is."""
    rows = [("what", "value", "unit", "goal", "")]
    for one in results:
        verdict = "MISSED 未达" if missed(one) else "met 达标" if "goal" in one else ""
        rows.append((one["what"], f"{one['value']:,}", one["unit"], one.get("goal", ""), verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{what:<{widths[0]}}  {value:>{widths[1]}}  {unit:<{widths[2]}}  {goal:<{widths[3]}}"
        f"  {verdict}".rstrip()
        for what, value, unit, goal, verdict in rows
    )

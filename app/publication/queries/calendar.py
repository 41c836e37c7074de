"""The calendar of disclosure: what of a draw is public from when, and by which rule (draw-spec 9).
Needs to see the rows of all departments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import day_in_china
from app.draws import queries as draws
from app.draws.models import Draw
from app.publication.schemas import DisclosureRead, DisclosureRuleRead, PublicDrawRead
from app.rules import queries as rules
from app.sampling.openlot1.commitment import TARGET
from app.tasks import queries as tasks
from app.tasks.models import InspectionTask, TaskClosing

MOMENTS = {
    rules.LAST_VISIT_OR_WINDOW_END: (
        "全部检查完成或检查期限届满后",
        "the last visit is done or the window has ended, whichever is first",
    ),
    rules.LAST_VISIT: ("全部检查完成后", "the last visit is done"),
    rules.WINDOW_END: ("检查期限届满后", "the window has ended"),
    rules.DRAWN: ("派发后", "the inspection task is dispatched"),
}
"""The moments of `disclosure.moment` in words."""


class Opening(NamedTuple):
    """When one kind becomes public: not later than `at_latest`, and exactly then if `certain`."""

    at_latest: datetime | None
    certain: bool
    said: str
    source: str

    @property
    def public_from(self) -> datetime | None:
        return self.at_latest if self.certain else None


@dataclass(frozen=True, slots=True)
class Openings:
    """The openings of a draw by kind, and the tasks that use it: one, none, or a campaign's."""

    tasks: Sequence[InspectionTask]
    of_list: Opening
    of_results: Opening
    campaign: bool

    def is_open(self, now: datetime) -> bool:
        """Whether seed and drawn list are public."""
        moment = self.of_list.public_from
        return moment is not None and moment <= now


async def read_openings(session: AsyncSession, draw: Draw, now: datetime) -> Openings:
    """Seed and list of a campaign are public when the moments of all its tasks have come, and none
    of its lines still waits for its dispatch.

    Raises RuleMissing."""
    rows = list(await session.execute(_select_moments(draw)))
    found = [row[0] for row in rows]
    campaign = len(await draws.get_parts(session, draw)) > 1
    if not rows:
        return Openings((), *await _of_today(session, now), campaign)
    complete = not await _is_awaited(session, draw, found)
    lists, results = [], []
    for _, source, list_said, list_at, results_said, results_at in rows:
        lists.append(_opening(list_at, list_said, source, now))
        results.append(_opening(results_at, results_said, source, now))
    return Openings(found, _last(lists, complete), _last(results, complete), campaign)


def _select_moments(draw: Draw) -> Select[InspectionTask, Any, Any, Any, Any, Any]:
    """The tasks of a draw, each with the source of its rule, and for the drawn list and for the
    results what the rule says and the moment that this is."""
    value = tasks.disclosure_rule("value")
    moments = [
        (
            func.coalesce(value[kind].astext, rules.LAST_VISIT_OR_WINDOW_END),
            tasks.disclosed_at(kind),
        )
        for kind in (tasks.DRAWN_LIST, tasks.RESULT)
    ]
    source = func.coalesce(tasks.disclosure_rule("source"), rules.DISCLOSURE_SOURCE)
    officers = draw.mends_draw_id or draw.draw_id
    return (
        select(InspectionTask, source, *moments[0], *moments[1])
        .outerjoin(TaskClosing, TaskClosing.task_code == InspectionTask.code)
        .where(
            or_(
                InspectionTask.target_draw_id == draw.draw_id,
                InspectionTask.inspector_draw_id == officers,
            )
        )
        .order_by(InspectionTask.code)
    )


def _opening(moment: datetime | None, said: str, source: str, now: datetime) -> Opening:
    """A window that is still open may be overtaken by the last visit."""
    open_yet = said == rules.LAST_VISIT_OR_WINDOW_END and moment is not None and moment > now
    return Opening(moment, moment is not None and not open_yet, said, source)


def _last(openings: Sequence[Opening], complete: bool) -> Opening:
    """The one that the others wait for."""
    binding = openings[0]
    for one in openings[1:]:
        if binding.at_latest is None:
            break
        if one.at_latest is None or (one.at_latest, one.certain) > binding[:2]:
            binding = one
    return binding if complete else binding._replace(at_latest=None, certain=False)


async def _of_today(session: AsyncSession, now: datetime) -> tuple[Opening, Opening]:
    rule = await rules.get_rule(session, rules.DISCLOSURE, day_in_china(now))
    said = [rule.value[kind] for kind in (tasks.DRAWN_LIST, tasks.RESULT)]
    of_list, of_results = (Opening(None, False, one, rule.source) for one in said)
    return of_list, of_results


async def _is_awaited(session: AsyncSession, draw: Draw, found: Sequence[InspectionTask]) -> bool:
    """Whether a line of a campaign that has drawn objects is not dispatched yet."""
    if draw.stage != TARGET:
        return False
    made = await draws.find_drawn_attempt(session, draw.draw_id)
    if made is None:
        return True
    dispatched = {task.plan_line_code for task in found}
    for part in await draws.get_parts(session, made):
        if part.plan_line_code not in dispatched:
            lists = await draws.get_lists(session, made, part)
            if lists.selected:
                return True
    return False


def calendar_of(shown: PublicDrawRead, openings: Openings) -> list[DisclosureRead]:
    """The entries of an attempt."""
    at_once = [
        _at_once("commitment", shown, "登记入册时即公开", "as soon as it is in the log"),
        _at_once(
            "attempts",
            shown,
            "次数和作废随时公开，内容随抽中名单公开",
            "their number and voids at once, what they drew with the drawn list",
        ),
    ]
    listed = _entry("seed-and-list", openings.of_list, zh="{}公开", en="when {}")
    if shown.stage != TARGET:
        officers = _entry(
            "seed-and-list", openings.of_list, zh="随抽中名单以工号公示，{}公开", en="when {}"
        )
        return [*at_once, officers]
    results = _entry(
        "results",
        openings.of_results,
        zh="审核通过，且{}公开",
        en="each once it is approved, when {}",
    )
    if openings.campaign:
        listed = _with(
            listed,
            "，综合查一次以最后一项任务为准（各项任务的名单随该任务公示）",
            "; of a campaign, for all its tasks (each task publishes its own list)",
        )
        results = _with(
            results,
            "，综合查一次各项任务分别计算，此处为最后一项",
            "; of a campaign, for each task by itself, and the last is shown",
        )
    return [*at_once, listed, listed.model_copy(update={"what": "evidence"}), results]


def _at_once(what: str, shown: PublicDrawRead, zh: str, en: str) -> DisclosureRead:
    return DisclosureRead(
        what=what,
        public_from=shown.committed_at,
        at_latest=shown.committed_at,
        rule=DisclosureRuleRead(zh=zh, en=en, source=rules.DISCLOSURE_SOURCE),
    )


def _entry(what: str, opening: Opening, *, zh: str, en: str) -> DisclosureRead:
    moment_zh, moment_en = MOMENTS[opening.said]
    return DisclosureRead(
        what=what,
        public_from=opening.public_from,
        at_latest=opening.at_latest,
        rule=DisclosureRuleRead(
            zh=zh.format(moment_zh), en=en.format(moment_en), source=opening.source
        ),
    )


def _with(entry: DisclosureRead, zh: str, en: str) -> DisclosureRead:
    rule = DisclosureRuleRead(
        zh=entry.rule.zh + zh, en=entry.rule.en + en, source=entry.rule.source
    )
    return entry.model_copy(update={"rule": rule})

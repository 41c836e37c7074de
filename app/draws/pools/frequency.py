"""Whom a line leaves alone because enough visits were made already (domain E10-E12): caps of its
items, ceilings of its departments, and the triggers that let an object in all the same."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import day_in_china
from app.core.database import everywhere
from app.draws import queries
from app.draws.models import Draw
from app.draws.pools.eligibility import departments_of
from app.plans.models import PlanLine
from app.registry import queries as registry
from app.registry.models import InspectionItem, InspectionMethod, ItemCategory, SpecialEntry
from app.rules import queries as rules

FREQUENCY_CAP = "frequency-cap"
VISIT_CEILING = "x-visit-ceiling"
REASONS = frozenset({FREQUENCY_CAP, VISIT_CEILING})
"""Why an object that is there is left out (draw-spec 2)."""
OFF_SITE = frozenset(
    {
        InspectionMethod.WRITTEN,
        InspectionMethod.OTHER_RESULTS,
        InspectionMethod.NETWORK,
        InspectionMethod.REMOTE,
        InspectionMethod.MOBILE,
        InspectionMethod.WARNING,
    }
)
"""The ways to inspect for which nobody enters the premises (domain D.3)."""
LONGEST_PERIOD = 99
"""Calendar years. 0.33333333 means once in three years, not 33333333 times in 100 million."""
Place = tuple[str, str]
"""Department and code of an item."""


@dataclass(frozen=True, slots=True)
class Cap:
    """Of an item at most `most` inspections of an object in `years` calendar years on end."""

    place: Place
    text: str
    most: int
    years: int


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most visits on site by a department to an object in the year, by kind of object."""

    department: str
    of_kind: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Trigger:
    """Why an object may be visited beyond its caps 触发线索: an entry of a special directory with
    the number of the complaint, lead or case, in force until a day."""

    directory_code: str
    number: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class Frequency:
    """What was found: whose caps are reached, how often each department went, who has a trigger."""

    year: int = 0
    capped: Sequence[tuple[Cap, AbstractSet[str]]] = ()
    visited: Sequence[tuple[Ceiling, Mapping[str, int]]] = ()
    triggers: Mapping[str, Trigger] = field(default_factory=lambda: MappingProxyType({}))

    def obstacle(self, code: str, kind: str) -> tuple[str, str] | None:
        """Reason and evidence (draw-spec 2) if an object was visited often enough. They do not say
        when: a visit of another department may still be to come."""
        for cap, reached in self.capped:
            if code in reached:
                name = " ".join(cap.place)
                return FREQUENCY_CAP, f"事项 {name} 截至{self.year}年已达频次上限：每年{cap.text}次"
        for ceiling, times in self.visited:
            most = ceiling.of_kind.get(kind)
            if most is not None and times.get(code, 0) >= most:
                name = ceiling.department
                return VISIT_CEILING, f"部门 {name} {self.year}年入户检查已达上限：{most}次"
        return None


async def find_frequency(
    session: AsyncSession, draw: Draw, line: PlanLine, now: datetime
) -> Frequency:
    """Caps of general items count inspections of the item; ceilings count visits on site for any
    item of the department, one joint draw as one. The year is that of the line, in which its window
    begins. The answer does not depend on whose rows the transaction sees."""
    async with everywhere(session):
        items = await _items_of(session, line)
        caps = [cap for place, item in items.items() if (cap := cap_of(place, item))]
        ceilings = await _ceilings(session, line, items, now)
        if not caps and not ceilings:
            return Frequency()
        year = line.window_start.year
        years = range(year + 1 - max((cap.years for cap in caps), default=1), year + 1)
        visits = await queries.get_visits(session, draw, departments_of(line), years)
        return Frequency(
            year,
            [(cap, _reached(cap, visits, year)) for cap in caps],
            await _visited(session, ceilings, visits, year),
            await _triggers(session, line, now),
        )


def cap_of(place: Place, item: InspectionItem) -> Cap | None:
    """The cap of a general item, if its text sets one: 0.5 a year is one in two years; a key item
    has none (国市监信〔2019〕38号)."""
    text = item.caps.get("max_per_year")
    if item.category != ItemCategory.GENERAL or text is None:
        return None
    a_year = Fraction(text).limit_denominator(LONGEST_PERIOD)
    return Cap(place, text, a_year.numerator, a_year.denominator)


async def _items_of(session: AsyncSession, line: PlanLine) -> dict[Place, InspectionItem]:
    """The items of a line in byte order, in the version that it uses."""
    found = {}
    for place in sorted({(one["department_code"], one["item_code"]) for one in line.items}):
        item = await registry.find_usable_item(session, *place, line.window_start, line.window_end)
        if item is not None:
            found[place] = item
    return found


def _is_on_site(item: InspectionItem) -> bool:
    """Somebody goes there, unless every way that the item names is off site."""
    return not item.method_codes or not OFF_SITE.issuperset(item.method_codes)


async def _ceilings(
    session: AsyncSession, line: PlanLine, items: Mapping[Place, InspectionItem], now: datetime
) -> list[Ceiling]:
    """Of the departments that this line sends to the premises, by the text that is in force when
    the objects can be visited first."""
    first = max(line.window_start, day_in_china(now))
    told = await rules.find_value(session, rules.VISIT_CEILINGS, first) or {}
    going = {department for (department, _), item in items.items() if _is_on_site(item)}
    return [Ceiling(name, told[name]) for name in sorted(going) if told.get(name)]


def _reached(cap: Cap, visits: Iterable[queries.Visits], year: int) -> set[str]:
    times = _times(
        visits, lambda one: year - cap.years < one.year <= year and cap.place in one.places
    )
    return {code for code, n in times.items() if n >= cap.most}


async def _visited(
    session: AsyncSession, ceilings: Sequence[Ceiling], visits: Sequence[queries.Visits], year: int
) -> list[tuple[Ceiling, Mapping[str, int]]]:
    if not ceilings:
        return []
    places = {place for one in visits for place in one.places}
    published = await session.scalars(registry.select_published(places))
    away = {(one.department_code, one.code) for one in published if not _is_on_site(one)}

    def visited(department: str) -> Counter[str]:
        return _times(
            visits,
            lambda one: (
                one.year == year and any(place[0] == department for place in one.places - away)
            ),
        )

    return [(ceiling, visited(ceiling.department)) for ceiling in ceilings]


def _times(
    visits: Iterable[queries.Visits], counts: Callable[[queries.Visits], bool]
) -> Counter[str]:
    """How often each object is visited; what one draw gave is one visit."""
    of_draw: dict[str, set[str]] = {}
    for one in visits:
        if counts(one):
            of_draw.setdefault(one.draw_id, set()).update(one.codes)
    return Counter(code for codes in of_draw.values() for code in codes)


async def _triggers(session: AsyncSession, line: PlanLine, now: datetime) -> dict[str, Trigger]:
    """The first trigger of each object of the department's directory that is in force today. It
    cites its source, and it ends."""
    today = day_in_china(now)
    codes = await rules.find_value(session, rules.CAP_EXCEPTIONS, today) or []
    one = SpecialEntry
    entries = registry.select_entries(line.department_code, today).where(
        one.directory_code.in_(codes), one.licence_no != "", one.expires_on >= today
    )
    rows = await session.execute(
        entries.with_only_columns(
            one.object_code, one.directory_code, one.licence_no, one.expires_on
        ).order_by(one.object_code, one.directory_code, one.licence_no)
    )
    found: dict[str, Trigger] = {}
    for code, directory, number, expires_on in rows:
        if expires_on is not None:
            found.setdefault(code, Trigger(directory, number, expires_on))
    return found

"""The frames of a target draw: objects of the registry, drawn from or left out with a reason."""

import asyncio
import secrets
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import day_in_china
from app.draws import files, queries
from app.draws.errors import FrameEmpty
from app.draws.models import Draw
from app.draws.pools.frequency import REASONS, Trigger, find_frequency
from app.draws.pools.frozen import Frozen
from app.plans import queries as plans
from app.plans.models import PlanLine
from app.registry import queries as registry
from app.registry.models import (
    CreditClass,
    CreditClassRecord,
    InspectedObject,
    ObjectKind,
    ObjectStatus,
)
from app.registry.schemas import ObjectFilters
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.design import check_design
from app.sampling.openlot1.excluded import excluded_digest, write_excluded
from app.sampling.openlot1.frame import digest_and_counts, write_frame

GONE = {
    ObjectStatus.DEREGISTERED.value: "注销",
    ObjectStatus.REVOKED.value: "吊销",
    ObjectStatus.CANCELLED.value: "撤销",
}


@dataclass(frozen=True, slots=True)
class TargetPool:
    """Every object of the registry query is in exactly one list: (code, stratum) to draw from,
    (code, reason, evidence) left out."""

    included: list[tuple[str, str]]
    excluded: list[tuple[str, str, str]]
    design: dict[str, Any]
    query: dict[str, Any] | None = None
    """The saved query that said whom: department, code, version and canonical filters."""
    triggered: list[tuple[str, str, Trigger]] = field(default_factory=list)
    """(code, reason, trigger) of those who are drawn from although the reason would leave them
    out, because a trigger lets them in."""

    @property
    def there(self) -> set[str]:
        """The objects that the registry has, those included that were visited often enough."""
        drawn = {code for code, _ in self.included}
        return drawn | {code for code, reason, _ in self.excluded if reason in REASONS}

    @property
    def exceptions(self) -> dict[str, int]:
        """How many a trigger lets in, by the special directory that it stands in."""
        return dict(sorted(Counter(one.directory_code for *_, one in self.triggered).items()))


async def frozen_target(session: AsyncSession, draw: Draw, now: datetime) -> Frozen:
    """All parts share the salt key, so an object has one ticket in all of them (draw-spec 5)."""
    salt_key = secrets.token_hex(32)
    parts = await queries.get_parts(session, draw)
    kept = {"salt.key": salt_key.encode()}
    details: list[dict[str, Any]] = []
    published: list[dict[str, Any]] = []
    for part in parts:
        line = await plans.get_line(session, part.plan_line_code)
        pool = await target_pool(session, draw, line, now)
        frozen = await asyncio.to_thread(_frozen_part, pool, salt_key)
        kept |= {f"{part.folder}{name}": data for name, data in frozen.files.items()}
        details.append({"name": part.name} | frozen.details)
        published.append({"name": part.name} | frozen.published)
    if parts[0].name:
        return Frozen(kept, {"parts": details}, {"parts": published})
    del details[0]["name"], published[0]["name"]
    return Frozen(kept, details[0], published[0])


def _frozen_part(pool: TargetPool, salt_key: str) -> Frozen:
    frame = write_frame(pool.included, salt_key_hex=salt_key)
    left_out = write_excluded(pool.excluded, salt_key_hex=salt_key)
    digest, counts = digest_and_counts(frame, sealed=True)
    check_design(pool.design, counts)
    out = excluded_digest(left_out, sealed=True)
    details = {
        "frame": asdict(digest) | {"sealed": True},
        "excluded": asdict(out) | {"by_reason": dict(out.by_reason)},
        "design": pool.design,
        "counts": counts,
        "population": _population(pool),
        "exceptions": pool.exceptions,
    } | ({} if pool.query is None else {"query": pool.query})
    published = {
        "frame": asdict(digest),
        "excluded": {"sha256": out.sha256, "root": out.root, "count": out.count},
    }
    files = {"frame.tsv": frame, "excluded.tsv": left_out, queries.EXCEPTIONS: _exceptions(pool)}
    return Frozen(files, details, published)


def _exceptions(pool: TargetPool) -> bytes:
    listed = [
        {"object_code": code, "reason": reason, **asdict(trigger)}
        | {"expires_on": trigger.expires_on.isoformat()}
        for code, reason, trigger in pool.triggered
    ]
    return canonical.dumps(listed)


def _population(pool: TargetPool) -> str:
    """SHA-256 over who is in the list, whatever the salts: a plan made anew for the same list is
    recognised beside the draw that was voided."""
    return sha256("".join(f"{code}\n" for code, _ in sorted(pool.included)).encode()).hexdigest()


async def target_pool(
    session: AsyncSession, draw: Draw, line: PlanLine, now: datetime
) -> TargetPool:
    """The frame of a plan line as the registry stands: what its saved query finds, or the listed
    objects of its regions, industries and kinds; without those who were visited often enough, but
    by this draw.

    Raises FrameEmpty, ClassWithoutRate."""
    one, record = InspectedObject, CreditClassRecord
    found, asked = await _whom(session, line, now)
    rows = found.with_only_columns(one.code, one.status, one.region_code, one.kind)
    in_force = registry.select_classes(line.department_code, day_in_china(now))
    graded = in_force.with_only_columns(record.object_code, record.credit_class)
    classes = dict((await session.execute(graded)).all())
    frequency = await find_frequency(session, draw, line, now)
    included, excluded, triggered = [], [], []
    for code, status, region, kind in await session.execute(rows.order_by(one.code)):
        if status in GONE:
            excluded.append((code, "deregistered", f"登记状态：{GONE[status]}"))
            continue
        if obstacle := frequency.obstacle(code, kind):
            trigger = frequency.triggers.get(code)
            if trigger is None:
                excluded.append((code, *obstacle))
                continue
            triggered.append((code, obstacle[0], trigger))
        stratum = classes.get(code, CreditClass.U.value)
        included.append((code, f"{stratum}/{region}" if line.by_region else stratum))
    if not included:
        raise FrameEmpty
    design = files.design_of(line, {stratum for _, stratum in included})
    return TargetPool(included, excluded, design, asked, triggered)


async def _whom(
    session: AsyncSession, line: PlanLine, now: datetime
) -> tuple[Select[Any], dict[str, Any] | None]:
    """The objects that a line is about, and the saved query if it names one."""
    department = line.department_code
    if line.query_code is None:
        filters = ObjectFilters(
            region=line.regions,
            industry=line.industries,
            kind=[ObjectKind(kind) for kind in line.kinds],
        )
        return registry.select_matching(department, filters, day_in_china(now))[0], None
    saved = await registry.get_saved_query(session, department, line.query_code, line.query_version)
    filters = registry.filters_of(saved)
    asked = {
        "department_code": department,
        "code": saved.code,
        "version": saved.version,
        "filters": saved.filters,
    }
    return registry.select_matching(department, filters, day_in_china(now))[0], asked

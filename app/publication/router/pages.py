"""The public pages 公示页: plain HTML that works without scripts, and from a folder of saved files.

Every address has the form of a file name and every link is relative, so that the same paths saved
into a folder are a working copy. Pages show publications as they were published; what of the draws
is public now is read at the moment of asking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import Now
from app.core.database import Session, as_departments
from app.core.workdays import Due
from app.ledger import queries as ledger
from app.ledger.errors import LedgerEmpty
from app.publication.errors import NotPublic
from app.publication.queries import calendar, disclosed, obligations, published
from app.publication.router import wording
from app.publication.router.public import downloaded
from app.publication.router.rendering import HEADERS, STYLE, missing_page, page, router_of_pages
from app.publication.schemas import ObligationRead
from app.rules import queries as rules
from app.sampling import members
from app.sampling.openlot1 import canonical
from app.tasks import queries as tasks
from app.tasks.models import InspectionTask

router = router_of_pages()

NEWEST = 20
LISTED = 1000
"""Rows of a list; older ones are found through their plan or task, and through /v1/public."""
DISCLOSED = (tasks.DRAWN_LIST, tasks.RESULT)
VERIFIER_HEADERS = HEADERS | {
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline' blob:; "
    "style-src 'unsafe-inline'; worker-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "public, max-age=3600",
}
"""The page's own policy: no network at all, and a worker made from its own text."""


@router.get("")
async def redirect_home() -> Response:
    return RedirectResponse("public/index.html", headers=HEADERS)


@router.get("/style.css")
async def get_style() -> Response:
    headers = HEADERS | {"Cache-Control": "public, max-age=3600"}
    return Response(STYLE, media_type="text/css", headers=headers)


@router.get("/verify.html")
async def get_verifier() -> Response:
    """The verifier for any browser, byte for byte as it is in the package."""
    return HTMLResponse(members.verify_html(), headers=VERIFIER_HEADERS)


@router.get("/index.html")
async def show_home(request: Request, session: Session) -> Response:
    try:
        checkpoint = await ledger.get_latest_checkpoint(session)
    except LedgerEmpty:
        checkpoint = None
    async with as_departments(session, "*", back=""):
        draws = await disclosed.newest_draws(session, limit=NEWEST // 2)
    return page(
        "index.html",
        publications=await published.list_newest(session, limit=NEWEST),
        draws=draws,
        checkpoint=checkpoint,
        vkey=request.app.state.log_key.vkey,
    )


@router.get("/checkpoint.txt")
async def get_checkpoint(session: Session) -> Response:
    """The latest checkpoint, to be kept; a copy made now has to agree with every later one."""
    try:
        note = (await ledger.get_latest_checkpoint(session)).note
    except LedgerEmpty:
        return missing_page(0)
    return PlainTextResponse(note, headers=HEADERS)


@router.get("/log-key.txt")
async def get_log_key(request: Request) -> Response:
    return PlainTextResponse(f"{request.app.state.log_key.vkey}\n", headers=HEADERS)


@router.get("/plans.html")
async def show_plans(session: Session) -> Response:
    plans = await published.list_newest(session, "plan", limit=LISTED)
    return page("plans.html", plans=plans, listed=LISTED)


@router.get("/plans/{code}.html")
async def show_plan(session: Session, code: str) -> Response:
    plan = await published.find_latest(session, "plan", code)
    if plan is None:
        return missing_page(1)
    following = await published.list_tasks_of_plan(session, code)
    return page("plan.html", depth=1, publication=plan, plan=plan.content, following=following)


@router.get("/tasks.html")
async def show_tasks(session: Session) -> Response:
    listed = await published.list_newest(session, "task", limit=LISTED)
    return page("tasks.html", tasks=listed, listed=LISTED)


@router.get("/results.html")
async def show_results(session: Session) -> Response:
    results = await published.list_newest(session, "result", limit=LISTED)
    return page("results.html", results=results, listed=LISTED)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A row of the table of days: what is due, from when it counts, and how it stands."""

    what: str
    basis: date | None
    """Null while its day is not known, which `basis_text` describes."""
    due_on: date | None
    provisional: bool
    stands: str
    late: bool
    basis_text: str = ""


@router.get("/tasks/{key}.html")
async def show_task(session: Session, now: Now, key: str) -> Response:
    publication = await published.find_latest(session, "task", key)
    if publication is None:
        return missing_page(1)
    async with as_departments(session, "*", back=""):
        task = await tasks.get_task(session, key)
        moments = {k: await tasks.disclosure_moment(session, task, now, kind=k) for k in DISCLOSED}
        said = {k: await tasks.get_disclosure_value(session, task, k) for k in DISCLOSED}
        draws = await disclosed.draws_of_task(session, task)
        deadlines = await _deadlines(session, task, moments, said, now)
    return page(
        "task.html",
        depth=1,
        publication=publication,
        task=publication.content,
        disclosed_at=moments,
        moments={kind: calendar.MOMENTS[value][0] for kind, value in said.items()},
        draws=draws,
        drawn_list=await published.find_latest(session, "drawn-list", key),
        results=await published.list_results(session, key),
        deadlines=deadlines,
    )


async def _deadlines(
    session: AsyncSession,
    task: InspectionTask,
    moments: Mapping[str, datetime | None],
    said: Mapping[str, str],
    now: datetime,
) -> Sequence[Deadline]:
    duties = await obligations.obligations_of_task(session, task, now)
    rows = [_one_deadline(duty) for duty in duties if duty.kind != tasks.RESULT]
    results = [duty for duty in duties if duty.kind == tasks.RESULT]
    if results:
        rows.append(_results_deadline(results))
    read = await obligations.read_deadlines(session)
    coming = {kind for kind in DISCLOSED if moments[kind] is None}
    if not results:
        coming.add(tasks.RESULT)
    for kind in sorted(coming):
        due = await read.of(session, kind, task.window_end)
        rows.append(_coming_deadline(kind, said[kind], due))
    return rows


def _coming_deadline(kind: str, said: str, due: Due) -> Deadline:
    """Of what is not due yet; `due` counts from the end of the window."""
    unknown = said == rules.LAST_VISIT
    return Deadline(
        wording.of_kind(kind),
        basis=None,
        due_on=None if unknown else due.on,
        provisional=due.provisional and not unknown,
        stands="尚未到公示时间",
        late=False,
        basis_text=wording.BASES[said],
    )


def _one_deadline(duty: ObligationRead) -> Deadline:
    stands = "尚未公示"
    if duty.published_at is not None:
        stands = f"{wording.chinese_date(duty.published_at)}公示"
    return Deadline(
        wording.of_kind(duty.kind), duty.basis, duty.due_on, duty.provisional, stands, duty.overdue
    )


def _results_deadline(duties: Sequence[ObligationRead]) -> Deadline:
    """All results of a task are due on the same day, but where the rule lets each of them be public
    by itself; then the first day counts."""
    done = [duty for duty in duties if duty.published_at is not None]
    late = sum(duty.overdue for duty in done)
    missing = len(duties) - len(done)
    stands = f"应公示{len(duties)}户，已公示{len(done)}户"
    stands += f"（其中逾期公示{late}户）" if late else ""
    stands += f"，未公示{missing}户" if missing else ""
    first = min(duties, key=lambda duty: duty.due_on)
    overdue = any(duty.overdue for duty in duties)
    return Deadline(
        wording.of_kind("result"), first.basis, first.due_on, first.provisional, stands, overdue
    )


@router.get("/draws/{draw_id}.html")
async def show_draw(session: Session, now: Now, draw_id: str) -> Response:
    async with as_departments(session, "*", back=""):
        attempts = await disclosed.attempts_of(session, draw_id)
        if not attempts:
            return missing_page(1)
        openings = await disclosed.get_openings(session, draw_id, now)
        texts = [await disclosed.get_commitment(session, draw_id, one.attempt) for one in attempts]
    calendars = [calendar.calendar_of(one, openings) for one in attempts]
    found = [
        await published.find_latest(session, "task", task.national_key) for task in openings.tasks
    ]
    return page(
        "draw.html",
        depth=1,
        draw_id=draw_id,
        attempts=list(zip(attempts, map(canonical.loads, texts), calendars, strict=True)),
        is_open=openings.is_open(now),
        moment_text=calendar.MOMENTS[openings.of_list.said][0],
        tasks=[task for task in found if task is not None],
    )


@router.get("/draws/{draw_id}-{attempt:int}-commitment.json")
async def get_commitment(session: Session, draw_id: str, attempt: int) -> Response:
    try:
        async with as_departments(session, "*", back=""):
            data = await disclosed.get_commitment(session, draw_id, attempt)
    except NotPublic:
        return missing_page(1)
    return downloaded(data, "application/json", f"{draw_id}-{attempt}-commitment.json")


@router.get("/draws/{draw_id}-{attempt:int}-public.zip")
async def get_bundle(session: Session, now: Now, draw_id: str, attempt: int) -> Response:
    try:
        async with as_departments(session, "*", back=""):
            data = await disclosed.get_public_bundle(session, draw_id, attempt, now)
    except NotPublic:
        return missing_page(1)
    return downloaded(data, "application/zip", f"{draw_id}-{attempt}-public.zip")

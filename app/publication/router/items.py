"""The pages of the published lists of inspection items 抽查事项清单 (国办发〔2015〕58号). A number after
`~`, which no code contains, is that of a further sheet or of a former version."""

from fastapi import Response

from app.core.clock import Now, day_in_china
from app.core.database import Session, as_departments
from app.publication.errors import NotPublic
from app.publication.queries import items
from app.publication.queries.names import read_names
from app.publication.router.rendering import missing_page, page, router_of_pages

router = router_of_pages()


@router.get("/items~{number:int}.html")
async def show_more_departments(session: Session, now: Now, number: int) -> Response:
    return await _departments(session, now, number)


@router.get("/items.html")
async def show_departments(session: Session, now: Now) -> Response:
    return await _departments(session, now, 1)


@router.get("/items/{department}~{number:int}.html")
async def show_more_items(session: Session, now: Now, department: str, number: int) -> Response:
    return await _list(session, now, department, number)


@router.get("/items/{department}.html")
async def show_items(session: Session, now: Now, department: str) -> Response:
    return await _list(session, now, department, 1)


@router.get("/items/{department}/{code}~{version:int}.html")
async def show_version(
    session: Session, now: Now, department: str, code: str, version: int
) -> Response:
    return await _item(session, now, department, code, version)


@router.get("/items/{department}/{code}.html")
async def show_item(session: Session, now: Now, department: str, code: str) -> Response:
    return await _item(session, now, department, code, None)


async def _departments(session: Session, now: Now, number: int) -> Response:
    try:
        async with as_departments(session, "*", back=""):
            sheet = await items.list_departments(session, day_in_china(now), number)
    except NotPublic:
        return missing_page(0)
    return page("item_lists.html", sheet=sheet, stem="items")


async def _list(session: Session, now: Now, department: str, number: int) -> Response:
    try:
        async with as_departments(session, "*", back=""):
            sheet = await items.list_items(session, department, day_in_china(now), number)
            names = await read_names(session, [department])
    except NotPublic:
        return missing_page(1)
    return page(
        "item_list.html",
        depth=1,
        sheet=sheet,
        stem=department,
        department=names.department(department),
    )


async def _item(
    session: Session, now: Now, department: str, code: str, version: int | None
) -> Response:
    try:
        async with as_departments(session, "*", back=""):
            found = await items.get_item(session, department, code, day_in_china(now), version)
            standard = found.item.standard_of
            shared = [standard.department_code] if standard else []
            names = await read_names(session, [department, *shared])
    except NotPublic:
        return missing_page(2)
    return page(
        "item.html",
        depth=2,
        item=found.item,
        standing=found.standing,
        versions=found.versions,
        department=names.department(department),
        standard_department=names.department(standard.department_code) if standard else None,
    )

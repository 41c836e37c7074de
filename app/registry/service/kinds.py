"""How each kind of rows goes from a checked file into the registry."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.caller import Permission
from app.registry import merging
from app.registry.files.kinds import FileKind
from app.registry.files.run import copy_columns
from app.registry.merging import Counts, Directory
from app.registry.models import RegistryImport
from app.registry.service import dated_files, item_files
from app.registry.service.checking import Checked
from app.registry.service.dated_files import DatedFacts
from app.registry.service.imports import Feed
from app.registry.service.inspectors import settle_staged_inspectors


@dataclass(frozen=True, slots=True)
class ImportKind:
    """The steps of a kind, all in one transaction: `stage` fills the stage, `compare` finds what it
    would change, `samples` shows some of it, `merge` does it, `restore` finds what would undo an
    import. `moved_by` are the kinds whose imports make an older preview stale; `full` feeds make
    sense where rows can vanish. A kind that cannot `restore` is corrected by importing the right
    data instead."""

    file: FileKind
    write: Permission
    moved_by: tuple[str, ...]
    stage: Callable[[AsyncSession, Feed, Checked], Awaitable[None]]
    compare: Callable[[AsyncSession, Feed], Awaitable[Counts]]
    samples: Callable[[AsyncSession, Feed], Awaitable[dict[str, Any]]]
    merge: Callable[[AsyncSession, Feed, RegistryImport], Awaitable[None]]
    restore: Callable[[AsyncSession, Feed, RegistryImport], Awaitable[Counts]] | None = None
    full: bool = False


async def _stage_objects(session: AsyncSession, feed: Feed, checked: Checked) -> None:
    await merging.stage_file(session, copy_columns(FileKind.OBJECTS), checked.rows)
    await session.execute(
        text("UPDATE stage SET source = :source WHERE source IS NULL"), {"source": feed.source}
    )


async def _stage_inspectors(session: AsyncSession, feed: Feed, checked: Checked) -> None:
    await merging.stage_file(session, copy_columns(FileKind.INSPECTORS), checked.rows)
    await settle_staged_inspectors(session, feed.department)


def _of_directory(
    directory: Directory,
    file: FileKind,
    write: Permission,
    stage: Callable[[AsyncSession, Feed, Checked], Awaitable[None]],
) -> ImportKind:
    async def compare(session: AsyncSession, feed: Feed) -> Counts:
        full = feed.mode == "full"
        return await merging.compare(session, directory, feed.department, full=full)

    async def samples(session: AsyncSession, feed: Feed) -> dict[str, Any]:
        return await merging.samples(session, directory, feed.department)

    async def merge(session: AsyncSession, feed: Feed, kept: RegistryImport) -> None:
        await merging.merge(session, directory, feed.department, kept.id)

    async def restore(session: AsyncSession, feed: Feed, undone: RegistryImport) -> Counts:
        return await merging.restore(session, directory, feed.department, undone.id)

    return ImportKind(
        file=file,
        write=write,
        moved_by=(file.value,),
        stage=stage,
        compare=compare,
        samples=samples,
        merge=merge,
        restore=restore,
        full=True,
    )


def _of_dated(dated: DatedFacts, write: Permission) -> ImportKind:
    async def stage(session: AsyncSession, feed: Feed, checked: Checked) -> None:
        await dated_files.stage(session, dated, feed, checked)

    async def compare(session: AsyncSession, feed: Feed) -> Counts:
        return await dated_files.compare(session, dated, feed)

    async def samples(session: AsyncSession, _: Feed) -> dict[str, Any]:
        return await dated_files.samples(session, dated)

    async def merge(session: AsyncSession, feed: Feed, kept: RegistryImport) -> None:
        await dated_files.merge(session, dated, feed, kept)

    async def restore(session: AsyncSession, feed: Feed, undone: RegistryImport) -> Counts:
        return await dated_files.restore(session, dated, feed, undone)

    return ImportKind(
        file=dated.file,
        write=write,
        moved_by=("objects", dated.file.value),
        stage=stage,
        compare=compare,
        samples=samples,
        merge=merge,
        restore=restore if dated.untold else None,
        full=bool(dated.part),
    )


KINDS: Mapping[str, ImportKind] = {
    "objects": _of_directory(
        merging.OBJECTS, FileKind.OBJECTS, Permission.OBJECTS_WRITE, _stage_objects
    ),
    "inspectors": _of_directory(
        merging.INSPECTORS, FileKind.INSPECTORS, Permission.INSPECTORS_WRITE, _stage_inspectors
    ),
    "credit-classes": _of_dated(dated_files.CREDIT_CLASSES, Permission.CREDIT_WRITE),
    "object-tags": _of_dated(dated_files.OBJECT_TAGS, Permission.OBJECTS_WRITE),
    "object-complaints": _of_dated(dated_files.OBJECT_COMPLAINTS, Permission.OBJECTS_WRITE),
    "object-leads": _of_dated(dated_files.OBJECT_LEADS, Permission.OBJECTS_WRITE),
    "special-entries": _of_dated(dated_files.SPECIAL_ENTRIES, Permission.OBJECTS_WRITE),
    "items": ImportKind(
        file=FileKind.ITEMS,
        write=Permission.ITEMS_WRITE,
        moved_by=("items",),
        stage=item_files.stage,
        compare=item_files.compare,
        samples=item_files.samples,
        merge=item_files.merge,
        full=True,
    ),
}

"""Taking a whole file at once: for small feeds from systems, which ask for no preview."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core.caller import Caller
from app.core.uploads import UploadedFile
from app.registry import queries
from app.registry.models import RegistryImport
from app.registry.service import checking
from app.registry.service.checking import Checked
from app.registry.service.imports import Feed, one_feed_at_a_time, record_import
from app.registry.service.kinds import KINDS


async def take_file(
    session: AsyncSession, upload: UploadedFile, feed: Feed, *, caller: Caller, now: datetime
) -> RegistryImport:
    """Check a file and merge it, in the caller's transaction.

    Raises ImportRefused with every fault; then nothing is changed."""
    check_department(caller, feed.department)
    await queries.get_department(session, feed.department)
    tables = await queries.get_code_tables(session)
    # A large file takes minutes on a busy machine; the checking process has a limit of its own.
    await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    async with checking.folder_of_file() as folder:
        checked = await checking.check(
            folder,
            await checking.spool(folder, upload.file),
            KINDS[feed.kind].file,
            tables,
            department=feed.department,
        )
        if checked.told.fault_count:
            raise checked.refusal()
        return await take_checked(session, checked, feed, upload.sha256, caller=caller, now=now)


async def take_checked(
    session: AsyncSession,
    checked: Checked,
    feed: Feed,
    digest: str,
    *,
    caller: Caller,
    now: datetime,
) -> RegistryImport:
    """Merge rows that are checked; imports of a department take turns."""
    kind = KINDS[feed.kind]
    await one_feed_at_a_time(session, feed)
    await kind.stage(session, feed, checked)
    counts = await kind.compare(session, feed)
    kept = await record_import(session, feed, digest, counts, caller=caller, now=now)
    await kind.merge(session, feed, kept)
    return kept

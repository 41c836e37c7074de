"""Inspection tasks over HTTP, and who takes part in them 抽查任务."""

from fastapi import APIRouter

from app.tasks.router import coverage, recusals, replacements, tasks

router = APIRouter()
for part in (tasks, replacements, recusals, coverage):
    router.include_router(part.router)

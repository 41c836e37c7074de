"""Draws over HTTP 抽取: prepare, seed, draw, change, evidence."""

from fastapi import APIRouter

from app.draws.router import ceremony, changes, draws, evidence, loads, previews

router = APIRouter()
router.include_router(draws.router)
router.include_router(ceremony.router)
router.include_router(changes.router)
router.include_router(evidence.router)
router.include_router(loads.router)
router.include_router(previews.router)

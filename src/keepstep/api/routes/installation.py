"""The installation itself: what runs here, whether it is sound, and a backup of it."""

import asyncio
import platform
import tempfile
from datetime import datetime
from email.message import Message
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path
from re import split
from typing import Annotated, cast

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse
from pydantic import BaseModel
from starlette.background import BackgroundTask

from keepstep import __version__
from keepstep.api.aside import aside
from keepstep.api.asker import Asker, Needs, Self
from keepstep.api.choosing import ListRoute
from keepstep.backup import back_up
from keepstep.checkup import around, home, kept
from keepstep.core.right import Right
from keepstep.ports import Finding
from keepstep.store.translation import translated_files
from keepstep.store.workers import SqlWorkers

router = APIRouter(tags=["installation"], route_class=ListRoute)

Examiner = Annotated[Asker, Depends(Needs(Right.CHANGE_CONFIGURATION))]
Keeper = Annotated[Asker, Depends(Needs(Right.MANAGE_OPERATORS))]


class LibraryListed(BaseModel):
    """A library that Keepstep stands on. *licence*: as it says itself."""

    name: str
    version: str
    licence: str


class WorkerListed(BaseModel):
    """A worker, and when it gave its last sign of life."""

    name: str
    seen: datetime


class About(BaseModel):
    """What runs here. *schema_revision*: of the database."""

    keepstep: str
    python: str
    database: str
    schema_revision: str
    licence: str
    workers: list[WorkerListed]
    libraries: list[LibraryListed]


@router.get("/about")
def about(asker: Self) -> About:
    """Say what runs here: versions, the database, the workers, the libraries and their licences."""
    database = asker.here.database
    return About(
        keepstep=__version__,
        python=platform.python_version(),
        database="PostgreSQL" if database.postgres else "SQLite",
        schema_revision=database.revision,
        licence=_licence("keepstep"),
        workers=[WorkerListed(name=name, seen=seen) for name, seen in SqlWorkers(database).heard()],
        libraries=_libraries(),
    )


@router.get("/doctor")
@aside
async def doctor(asker: Examiner) -> list[Finding]:
    """Check the installation: its files, database, secrets and log, and whether connected systems can be reached."""
    here = asker.here
    own = await asyncio.to_thread(lambda: [*home(here.settings), *kept(here)])
    return [*own, *await around(here)]


@router.post("/backup", response_class=FileResponse, responses={200: {"content": {"application/gzip": {}}}})
def backup(asker: Keeper) -> FileResponse:
    """Give a backup of the installation, a tar.gz without what opens its secrets; of PostgreSQL the home folder alone.

    It holds people's attributes: it needs the right to manage operators, and a fresh proof of who asks.
    """
    asker.authority.require(Right.MANAGE_OPERATORS)  # with a fresh proof
    here, now = asker.here, asker.here.clock.now()
    with translated_files(f"folder {tempfile.gettempdir()}"):
        folder = tempfile.TemporaryDirectory(prefix="keepstep-backup-", ignore_cleanup_errors=True)
    file = Path(folder.name) / "backup.tar.gz"
    try:
        manifest = back_up(here.settings, here.database, file, now=now, with_key=False)
    except BaseException:
        folder.cleanup()
        raise
    detail = {"file": "by the API", "parts": str(len(manifest.parts)), "with_key": "false"}
    here.audit.add("backup", "home", detail, operator=asker.operator.name)
    name = f"keepstep-{now:%Y-%m-%d-%H%M}.tar.gz"
    return FileResponse(file, media_type="application/gzip", filename=name, background=BackgroundTask(folder.cleanup))


@cache
def _libraries() -> list[LibraryListed]:
    names = {split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in requires("keepstep") or ()}
    found: list[LibraryListed] = []
    for name in sorted(names, key=str.lower):
        try:
            told = metadata(name)
        except PackageNotFoundError:
            continue  # an extra that is not installed
        found.append(LibraryListed(name=told["Name"], version=told["Version"], licence=_licence(name)))
    return found


def _licence(name: str) -> str:
    told = cast("Message", metadata(name))
    text = str(told.get("License-Expression") or told.get("License") or "")
    if text and "\n" not in text and len(text) < 80:
        return text
    known: list[str] = told.get_all("Classifier") or []
    classified = [one.rpartition(" :: ")[2] for one in known if one.startswith("License ::")]
    return ", ".join(classified)

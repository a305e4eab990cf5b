"""A made-up company, to look around in."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from keepstep.api.asker import Asker, Needs
from keepstep.core.right import Right
from keepstep.core.secret import Secret
from keepstep.home import example
from keepstep.store.config_file import parse
from keepstep.store.connection_files import ConnectionFiles
from keepstep.usecases.fill_demo import DemoPlace, MadeUpCompany, fill_demo

router = APIRouter(tags=["installation"])

Filler = Annotated[Asker, Depends(Needs(Right.CHANGE_CONFIGURATION))]
_FILE = "made-up.ldif"
_SECRET = "made-up-password"  # noqa: S105 - the name of it
_RULE = "staff"


class DemoMade(BaseModel):
    """What was put in: the version of the configuration, and the rule that keeps the made-up people in step."""

    version: int
    rule: str


@router.post("/demo", status_code=201)
def make_demo(asker: Filler) -> DemoMade:
    """Fill an installation that nothing is connected to with a made-up company and a made-up Infobip beside it.

    It needs the right to set secrets too, and a fresh proof of who asks. The made-up Infobip runs with the server, and
    begins anew with it.
    """
    here = asker.here

    def run() -> dict[str, Any]:
        # names of its own: a file or a secret that somebody put there already is theirs
        named = {
            "http://127.0.0.1:8085": asker.server.demo.start(),
            "directory.ldif": _FILE,
            "infobip-password": _SECRET,
        }
        text = example("demo", "keepstep.yaml")
        for shipped, ours in named.items():
            text = text.replace(shipped, ours)
        return cast("dict[str, Any]", parse(text, name="the made-up company").data)

    place = DemoPlace(
        kept=here.kept,
        understand=here.understand,
        secrets=here.vault,
        files=ConnectionFiles(here.settings.home),
        audit=here.audit,
    )
    company = MadeUpCompany(
        run=run,
        file=_FILE,
        people=example("demo", "today.ldif").encode(),
        secret=_SECRET,
        password=Secret("demo-password"),
        host="127.0.0.1",
    )
    version = fill_demo(place, company, by=asker.authority)
    return DemoMade(version=version, rule=_RULE)

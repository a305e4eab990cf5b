"""Reports: which there are in the configuration. One is made as work, and its file is fetched from there."""

from typing import Annotated

from fastapi import APIRouter, Depends

from keepstep.api.asker import Asker, Needs
from keepstep.core.report_spec import ReportSpec
from keepstep.core.right import Right

router = APIRouter(tags=["reports"])

Maker = Annotated[Asker, Depends(Needs(Right.MAKE_REPORTS))]


@router.get("/reports")
def list_reports(asker: Maker) -> dict[str, ReportSpec]:
    """List the reports of the configuration, which automations make; any other is asked for as work."""
    return asker.server.configuration().reports

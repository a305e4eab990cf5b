"""The use of rate limits: what applications allow, and how much of it calls took."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from keepstep.api.asker import Asker, Needs
from keepstep.api.choosing import ListRoute
from keepstep.core.quota import QuotaUse
from keepstep.core.right import Right
from keepstep.usecases.measure_quota import measure_quota

router = APIRouter(tags=["quota"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_CONFIGURATION))]


@router.get("/quota")
def list_quota(asker: Reader, connection: Annotated[str, Query(max_length=200)] = "") -> list[QuotaUse]:
    """List the rate limits of the REST connections, and how much of each was used in the last hour and day."""
    return measure_quota(asker.here.quota_desk(asker.server.configuration()), connection)

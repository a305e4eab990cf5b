"""The connections that the benchmarks read and write by."""

from collections.abc import Sequence

PERSON_ATTRIBUTES = (
    "externalId", "firstName", "lastName", "email", "phone", "city", "country", "preferredLanguage", "tags",
    "customAttributes.Department", "customAttributes.JobTitle", "customAttributes.EmployeeId",
)  # fmt: skip


def infobip(url: str, *, pace: float = 1.0, paced: bool = True):
    """Return the connector of an emulated account; not *paced*: as if no limit were published."""
    from keepstep.connectors.rest.connector import RestConnector
    from keepstep.connectors.rest.preset import load_preset
    from keepstep.core.connection import RestConnection
    from keepstep.core.egress import EgressSpec
    from keepstep.core.secret import Secret

    preset = load_preset("infobip")
    spec = RestConnection.model_validate(
        {
            "kind": "rest",
            "base_url": url,
            "authorization": {"type": "basic", "username": "keepstep", "password": {"secret": "app"}},
            "pace": pace,
            "timeout": 60,
        }
    )
    preset = preset if paced else preset.model_copy(update={"limits": {}})
    return RestConnector(
        "infobip", spec, lambda _: Secret("demo-password"), application=preset, egress=EgressSpec(allow=["127.0.0.1"])
    )


def persons(attributes: Sequence[str] = PERSON_ATTRIBUTES):
    """Return the query of all persons with *attributes*."""
    from keepstep.ports import Query

    return Query(objects="persons", attributes=tuple(attributes))

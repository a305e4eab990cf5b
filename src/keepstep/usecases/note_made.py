"""Containers that had to be made for an object: each is told, and in the audit log."""

from collections.abc import Sequence

from keepstep.core.run import Run
from keepstep.ports import Ports


def note_made(ports: Ports, run: Run, made: Sequence[str], detail: str) -> str:
    """Return *detail* with the names of the containers in *made*, once each is in the audit log."""
    for container in made:
        where = {"run": run.id, "rule": run.rule}
        ports.audit.add("create_container", container, where, operator=ports.operator)
    return "; ".join([*filter(None, [detail]), *(f"made {container}" for container in made)])

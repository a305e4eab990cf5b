"""Fill an installation that nothing is connected to with a made-up company, to look around in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from keepstep.core.authority import Authority
from keepstep.core.configuration import Configuration
from keepstep.core.right import Right
from keepstep.core.secret import Secret
from keepstep.errors import UsageError
from keepstep.ports import Audit
from keepstep.usecases.keep_secret import KeptSecrets, keep_secret
from keepstep.usecases.put_in_force import Change, Kept, put_in_force
from keepstep.usecases.replace_file import Files

_PARTS = ("connections", "mappings", "rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlace:
    """Where the company comes to be. *understand* gives the configuration that a text would be."""

    kept: Kept
    understand: Callable[[str], Configuration]
    secrets: KeptSecrets
    files: Files
    audit: Audit


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpCompany:
    """Its people, in *file*, and by what its application is asked. *host*: where that is, which has to be allowed.

    *run* has that application run, and returns the configuration, as keepstep.yaml would hold it.
    """

    run: Callable[[], Mapping[str, Mapping[str, object]]]
    file: str
    people: bytes
    secret: str
    password: Secret
    host: str


def fill_demo(place: DemoPlace, company: MadeUpCompany, *, by: Authority) -> int:
    """Put *company* into the configuration, beside what else stands there; return the number of the version.

    UsageError where anything is connected, mapped or kept in step already: nobody's work is mixed with made-up people.
    """
    by.require(Right.CHANGE_CONFIGURATION)
    by.require(Right.SET_SECRETS)
    kept, before = place.kept, place.kept.text()
    now = place.understand(before)
    if now.connections or now.mappings or now.rules:
        raise UsageError(
            "something is connected here already", hint="made-up people are for a new installation: `keepstep demo`"
        )
    text, made = before, company.run()
    for part in _PARTS:
        for name, spec in made[part].items():
            text = kept.put(text, (part, name), spec)
    allowed = [str(one) for one in now.egress.allow]
    if company.host not in allowed:
        text = kept.put(text, ("egress", "allow"), [*allowed, company.host])
    place.understand(text)
    keep_secret(place.secrets, place.audit, company.secret, company.password, by=by)
    place.files.put(company.file, company.people, (".ldif",))
    change = Change(before=before, text=text, action="fill_demo", detail={"file": company.file})
    return put_in_force(kept, place.audit, change, by=by)

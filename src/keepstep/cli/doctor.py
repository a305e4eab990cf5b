"""`keepstep doctor`: is this installation sound, and what is to be mended."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import typer

from keepstep.cli.checkup import bad, good, home, queue, systems
from keepstep.cli.connection import say_findings
from keepstep.cli.invocation import Invocation, with_data
from keepstep.cli.output import say_json
from keepstep.errors import KeepstepError

if TYPE_CHECKING:
    from keepstep.core.configuration import Configuration
    from keepstep.ports import Finding
    from keepstep.wiring import Installation


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("doctor")(with_data(doctor))


def doctor(invocation: Invocation) -> int:
    """Check this installation.

    Says what to mend; nothing is changed. Exit code 1 if anything is wrong.
    """
    findings = list(examined(invocation))
    if invocation.json:
        say_json(findings)
    else:
        say_findings(findings)
    return 0 if all(finding.good for finding in findings) else 1


def examined(invocation: Invocation) -> "Iterator[Finding]":
    """Yield what was looked at, and how it is."""
    settings = invocation.settings
    yield from home(settings)
    if not settings.home.is_dir():
        return
    try:
        yield from invocation.with_store(lambda store: list(_store(store)))
    except KeepstepError as error:
        yield bad("database", error.message, error.hint)


def _store(store: "Installation") -> "Iterator[Finding]":
    from keepstep.usecases.verify_audit import verify_audit

    fault = store.database.check()
    if fault:
        yield bad("database", f"it is damaged: {fault}", "restore it from your backup")
    else:
        yield good("database", f"{store.database.address}, schema {store.database.revision}")
    try:
        ring = store.vault.keys.at_hand()
        if store.master_key_desk.interrupted:
            yield bad("master key", "a change of it was interrupted", "`keepstep secret rotate-key` goes on")
        yield good("master key", f"{store.vault.keys.source.where} can be read; {len(ring.keys)} at hand")
    except KeepstepError as error:
        yield bad("master key", error.message, error.hint)
    try:
        proven = verify_audit(store.audit, store.audit_key, store.checkpoints.all())
        yield good("audit log", f"all {proven.count:,} records are unchanged, {proven.signed:,} of them signed")
    except KeepstepError as error:
        yield bad("audit log", error.message, error.hint)
    yield from queue(store)
    try:
        configuration = store.configuration()
    except KeepstepError as error:
        yield bad("configuration", error.message.split("\n")[0], error.hint or "`keepstep config check` lists it all")
        return
    yield good("configuration", f"{store.settings.config_file} is understood")
    yield from _anchors(store, configuration)
    yield from _secrets(store, configuration)
    yield from _libraries(configuration)
    yield from systems(store, configuration)


def _anchors(store: "Installation", configuration: "Configuration") -> "Iterator[Finding]":
    for name in configuration.audit.anchors:
        state = store.checkpoints.anchored(name)
        if state.problem:
            yield bad("anchor", f'"{name}" has {state.count:,} records: {state.problem}', "`keepstep audit checkpoint`")
        elif state.count:
            yield good("anchor", f'"{name}" has {state.count:,} records')
        else:
            yield bad(
                "anchor", f'"{name}" has nothing yet', "`keepstep serve` brings it, or `keepstep audit checkpoint`"
            )


def _secrets(store: "Installation", configuration: "Configuration") -> "Iterator[Finding]":
    from keepstep.store.secret_references import references_of

    references = references_of(configuration)
    for label, reference in sorted(references.items()):
        try:
            store.secrets.resolve(reference)
        except KeepstepError as error:
            yield bad("secret", error.message, error.hint)
        else:
            yield good("secret", f"{label} can be opened")
    named = {reference.secret for reference in references.values()}
    for kept in store.vault.listed():
        if kept.problem and kept.name not in named:
            yield bad("secret", kept.problem, kept.remedy)


def _libraries(configuration: "Configuration") -> "Iterator[Finding]":
    directories = [
        name for name, spec in configuration.connections.items() if spec.kind in {"active_directory", "ldap"}
    ]
    if find_spec("ldap") is not None:
        yield good("python-ldap", "it is installed: Active Directory and LDAP servers can be used")
    elif directories:
        hint = "apt install gcc python3-dev libldap-dev libsasl2-dev, then pip install 'keepstep[ad]'"
        yield bad("python-ldap", f"it is not installed, and {directories[0]} needs it", hint)
    else:
        yield good("python-ldap", "it is not installed; only Active Directory and LDAP servers need it")

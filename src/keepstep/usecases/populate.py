"""Whom an automation without an event is for."""

from keepstep.core.automated import filter_name
from keepstep.core.automation import AutomationSpec
from keepstep.core.event import Event
from keepstep.core.subject import Subject
from keepstep.core.sync_rule import Side
from keepstep.core.template import TemplateSpec
from keepstep.core.values import Record
from keepstep.errors import ConfigurationError, ReadIncomplete
from keepstep.ports import Ports, Query
from keepstep.usecases.choose_subjects import choose_by_search, choose_members
from keepstep.usecases.collect import collect

_AT_ONCE = 500


async def population_of(
    ports: Ports, name: str, spec: AutomationSpec, template: TemplateSpec | None, event: Event | None = None
) -> list[Subject]:
    """Return everybody whom the automation *name* is for, each once. ReadIncomplete unless that is proven to be all.

    An action that *event* started is for the accounts of whom that is about, where its source tells of them.
    """
    if template is None:
        raise ConfigurationError(f'there is no template "{spec.template}"')
    side = Side(*template.subject.split(".", 1))
    if spec.action is not None:
        return await _matched(ports, spec, side, event)
    whom = spec.subjects
    assert whom is not None  # noqa: S101 - an automation by schedule has them
    if whom.members_of:
        return await choose_members(ports, side, whom.members_of)
    return await choose_by_search(ports, Side(side.connection, whom.search or filter_name(name)), side)


async def _matched(ports: Ports, spec: AutomationSpec, side: Side, event: Event | None) -> list[Subject]:
    """Return the accounts of *side* that the records of the source are matched with, by the first pair that finds one.

    Nobody is guessed: a record that finds several accounts is left alone.
    """
    connector = ports.connector(side.connection)
    found: dict[str, Subject] = {}
    left = await _source(ports, spec, event)
    for there, here in spec.correlate:
        query = Query(objects=side.objects, attributes=(there, "displayName", "cn"))
        remaining: list[Record] = []
        for start in range(0, len(left), _AT_ONCE):
            some = left[start : start + _AT_ONCE]
            values = sorted({value for record in some for value in record.attributes.get(here, ()) if value})
            by_value: dict[str, list[Record]] = {}
            for account in await connector.find(query, there, values) if values else []:
                for value in account.attributes.get(there, ()):
                    by_value.setdefault(value.casefold(), []).append(account)
            for record in some:
                accounts = {a.key: a for v in record.attributes.get(here, ()) for a in by_value.get(v.casefold(), ())}
                if not accounts:
                    remaining.append(record)
                elif len(accounts) == 1:
                    (account,) = accounts.values()
                    name = account.one("displayName") or account.one("cn") or account.key
                    found[account.key] = Subject(side=side, key=account.key, name=name)
        left = remaining
    return list(found.values())


async def _source(ports: Ports, spec: AutomationSpec, event: Event | None) -> list[Record]:
    """Return the records of the source; if *event* is of it, only the one that it is about, as it was at the end."""
    source = Side(*(spec.source or "").split(".", 1))
    if event is not None and event.side == source:
        return [Record(key=event.key, attributes=event.after or event.before)]
    snapshot = await collect(ports, source, tuple(here for _, here in spec.correlate))
    if not snapshot.verdict.whole:
        raise ReadIncomplete(f"{source} was not read whole: {snapshot.verdict.reason}")
    return list(snapshot.records)

"""The automations of a configuration: whether they fit in, and what has to be watched for them."""

from collections.abc import Iterator, Mapping, Sequence

from keepstep.core.automation import AutomationSpec, EventTrigger
from keepstep.core.block_text import BlockTexts
from keepstep.core.channel import EmailChannel
from keepstep.core.configuration import ApplicationOf, Configuration, Path, Problem
from keepstep.core.distinguished_name import parse_dn
from keepstep.core.duration import parse_duration
from keepstep.core.ldap_filter import parse as parse_filter
from keepstep.core.macro import compile_macro
from keepstep.core.macro_names import Where, family_of
from keepstep.core.outbound import surroundings, webhook_finder
from keepstep.core.suggest import did_you_mean, listed
from keepstep.core.sync_rule import Side, SyncRule
from keepstep.core.template_check import faults
from keepstep.errors import KeepstepError


def automation_misfits(configuration: Configuration, application_of: ApplicationOf) -> Iterator[Problem]:
    """Yield what is wrong with automations, each mistake with its place."""
    texts = BlockTexts(configuration.macro_context)
    around = surroundings(configuration, webhook_finder(configuration, application_of), texts)
    for name, spec in configuration.automations.items():
        here: Path = ("automations", name)
        yield from _named(configuration, spec, here)
        if isinstance(spec.trigger, EventTrigger):
            yield from _event(configuration, spec.trigger, texts, (*here, "trigger"))
        yield from _subjects(configuration, spec, here)
        template = spec.as_template()
        if template is not None:
            for place, text in faults(name, template, around):
                yield Problem(path=(*here, *_as_written(spec, place)), text=text)
    yield from _notifications(configuration, texts)
    yield from _reports(configuration)


def _reports(configuration: Configuration) -> Iterator[Problem]:
    for name, report in configuration.reports.items():
        where: Path = ("reports", name)
        if report.rule is not None and report.rule not in configuration.rules:
            near = did_you_mean(report.rule, configuration.rules)
            yield Problem(path=(*where, "rule"), text=f'there is no rule "{report.rule}"{near}')
        if report.mail is not None:
            yield from _channels(configuration, [report.mail], (*where, "mail"))
            channel = configuration.channels.get(report.mail)
            if channel is not None and not isinstance(channel, EmailChannel):
                told = f"{report.mail} is no e-mail channel: only an e-mail takes files with it"
                yield Problem(path=(*where, "mail"), text=told)


def _notifications(configuration: Configuration, texts: BlockTexts) -> Iterator[Problem]:
    for name, rule in configuration.notifications.items():
        where: Path = ("notifications", name)
        yield from _channels(configuration, rule.to, (*where, "to"))
        for place, automation in enumerate(rule.automations):
            if automation not in configuration.automations:
                near = did_you_mean(automation, configuration.automations)
                yield Problem(path=(*where, "automations", place), text=f'there is no automation "{automation}"{near}')
        for key, text in (("subject", rule.subject), ("text", rule.text)):
            yield from _readable(texts, text, (*where, key))


def _channels(configuration: Configuration, names: Sequence[str], path: Path) -> Iterator[Problem]:
    for place, name in enumerate(names):
        if name not in configuration.channels:
            near = did_you_mean(name, configuration.channels)
            yield Problem(path=(*path, place), text=f'there is no channel "{name}"{near}')


def _readable(texts: BlockTexts, text: str, path: Path) -> Iterator[Problem]:
    try:
        texts.of(text, ".".join(map(str, path)))
    except KeepstepError as exc:
        yield Problem(path=path, text=exc.message)


def _as_written(spec: AutomationSpec, place: Path) -> Path:
    """Return where that place of the template, which tasks or an action are, stands in the automation."""
    if len(place) < 2 or place[0] != "blocks":
        return place if place[:1] == ("cancelled_by",) else ()
    if spec.action is not None:
        return place[2:] or ("action",)
    name = str(place[1]).removeprefix("task-")
    number = int(name.removesuffix("-wait")) - 1
    return ("tasks", number, "after") if name.endswith("-wait") else ("tasks", number, *place[2:])


def _named(configuration: Configuration, spec: AutomationSpec, here: Path) -> Iterator[Problem]:
    known: list[tuple[str, str | None, Mapping[str, object]]] = [
        ("rule", spec.rule, configuration.rules),
        ("mapping", spec.mapping, configuration.mappings),
        ("template", spec.template, configuration.templates),
        ("report", spec.report, configuration.reports),
    ]
    for key, name, among in known:
        if name is not None and name not in among:
            near = did_you_mean(name, among) or f"; there is {listed(among) or 'none'}"
            yield Problem(path=(*here, key), text=f'there is no {key} "{name}"{near}')
    for key, side in spec.sides():
        yield from _side(configuration, side, (*here, key))
    mapping = configuration.mappings.get(spec.mapping or "")
    if spec.task and mapping is not None and mapping.into == spec.source:
        told = f'mapping "{spec.mapping}" writes {mapping.into}: name the side whose records it reads'
        yield Problem(path=(*here, "source"), text=told)
    yield from _channels(configuration, spec.notify, (*here, "notify"))
    if spec.approve is not None:
        yield from _channels(configuration, spec.approve.tell, (*here, "approve", "tell"))


def _side(configuration: Configuration, side: str, path: Path) -> Iterator[Problem]:
    name = side.partition(".")[0]
    if name not in configuration.connections:
        near = did_you_mean(name, configuration.connections)
        yield Problem(path=path, text=f'there is no connection "{name}"{near}')


def _event(configuration: Configuration, trigger: EventTrigger, texts: BlockTexts, here: Path) -> Iterator[Problem]:
    yield from _side(configuration, trigger.on, (*here, "on"))
    objects = Side(*trigger.on.split(".", 1)).objects
    for place, name in enumerate(trigger.event):
        word = name.partition("_")[0]
        if objects in {"users", "groups", "persons"} and word != objects.removesuffix("s"):
            told = f"{name} does not happen to {objects}: write {objects.removesuffix('s')}_{name.partition('_')[2]}"
            yield Problem(path=(*here, "event", place), text=told)
    for key, names in (("within", trigger.within), ("except", trigger.besides)):
        for place, name in enumerate(names):
            try:
                parse_dn(name)
            except KeepstepError as exc:
                yield Problem(path=(*here, key, place), text=f"{key}: {exc.message}")
    yield from _readable(texts, trigger.where, (*here, "where"))
    yield from _filter(trigger.filter, (*here, "filter"))


def _subjects(configuration: Configuration, spec: AutomationSpec, here: Path) -> Iterator[Problem]:
    template = configuration.templates.get(spec.template or "")
    if template is not None and isinstance(spec.trigger, EventTrigger) and template.subject != spec.trigger.on:
        told = f"template {spec.template} is for {template.subject}, and the events are of {spec.trigger.on}"
        yield Problem(path=(*here, "template"), text=told)
    if spec.subjects is not None:
        yield from _filter(spec.subjects.filter, (*here, "subjects", "filter"))


def _filter(text: str, path: Path) -> Iterator[Problem]:
    try:
        if text:
            parse_filter(text)
    except KeepstepError as exc:
        yield Problem(path=path, text=f"filter: {exc.message}")


def filter_name(automation: str) -> str:
    """Return what the search is called that the LDAP filter of *automation* is."""
    return f"of-{automation.replace('.', '-')}"[:64]


def with_filters(configuration: Configuration) -> Configuration:
    """Return the configuration with a search for each LDAP filter that an automation chooses its subjects by."""
    for name, spec in configuration.automations.items():
        if spec.subjects is not None and spec.subjects.filter:
            own = spec.as_template() or configuration.templates.get(spec.template or "")
            if own is not None:
                side = Side(*own.subject.split(".", 1))
                configuration = configuration.with_search(side, filter_name(name), spec.subjects.filter)
    return configuration


def watched_sides(configuration: Configuration) -> dict[Side, tuple[frozenset[str], float]]:
    """Return the sides that are watched: which attributes, and how many seconds apart one is read that tells nothing.

    What an automation starts by, and what a rule reads that goes by what changed.
    """
    texts = BlockTexts(configuration.macro_context)
    names: dict[Side, set[str]] = {}
    every: dict[Side, float] = {}
    for spec in configuration.automations.values():
        if not spec.enabled:
            continue
        if isinstance(spec.trigger, EventTrigger):
            side = Side(*spec.trigger.on.split(".", 1))
            names.setdefault(side, set()).update(_read_by(spec.trigger, texts))
            if spec.action is not None and spec.source == spec.trigger.on:
                names[side].update(here for _, here in spec.correlate)
            seconds = parse_duration(spec.trigger.every).total_seconds()
            every[side] = min(seconds, every.get(side, seconds))
        elif spec.scope == "changed" and (rule := configuration.rules.get(spec.rule or "")) is not None:
            side = rule.source_side
            names.setdefault(side, set()).update(_read_of(configuration, rule))
            every.setdefault(side, 300.0)
    return {side: (frozenset(found), every[side]) for side, found in names.items()}


def _read_by(trigger: EventTrigger, texts: BlockTexts) -> Iterator[str]:
    """Yield the attributes that *trigger* looks at."""
    if trigger.where:
        for name in texts.of(trigger.where, "where").names:
            prefix, dot, rest = name.partition(".")
            yield rest if dot and prefix in {"before", "after"} else name
    if trigger.filter:
        yield from _filtered(parse_filter(trigger.filter))


def _filtered(part: object) -> Iterator[str]:
    if isinstance(attribute := getattr(part, "attribute", None), str):
        yield attribute
    for inner in (*getattr(part, "parts", ()), *filter(None, (getattr(part, "part", None),))):
        yield from _filtered(inner)


def _read_of(configuration: Configuration, rule: SyncRule) -> Iterator[str]:
    """Yield the attributes of its source that *rule* goes by."""
    yield from (here for _, here in rule.correlate)
    mapping = configuration.mappings.get(rule.mapping)
    names = configuration.macro_context.any_names(Where.ROW)
    if mapping is not None:
        for row in mapping.rows:
            found = compile_macro(mapping.row(row).text, names=names, place=row).names
            yield from (name for name in found if family_of(name) is None)

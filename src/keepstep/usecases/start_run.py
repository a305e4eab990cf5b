"""Begin a run of a template for chosen subjects."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from keepstep.core.authority import Reach
from keepstep.core.configuration import Configuration
from keepstep.core.right import Right
from keepstep.core.subject import Subject
from keepstep.core.suggest import did_you_mean
from keepstep.core.template import TemplateSpec
from keepstep.core.template_run import Begun, TemplateRun
from keepstep.core.template_version import TemplateVersion, version_of
from keepstep.core.webhook import WebhookSpec
from keepstep.errors import NotFound, UsageError
from keepstep.ports import Ports
from keepstep.usecases.permit import Wanted, permit_subjects

MANY = 50
"""Beyond how many subjects a person has to say that they mean it."""

MEANT: Final = "say --yes if that is meant"


def known_template(configuration: Configuration, name: str) -> TemplateSpec:
    """Return the template called *name*; NotFound with the nearest name if there is none."""
    found = configuration.templates.get(name)
    if found is None:
        near = did_you_mean(name, configuration.templates)
        hint = f"templates: {', '.join(configuration.templates) or 'none'}"
        raise NotFound(f'there is no template "{name}"{near}', hint=hint)
    return found


class NewRuns(Protocol):
    """Where runs begin."""

    def open(self, version: TemplateVersion, who: Iterable[Subject], begun: Begun) -> TemplateRun:
        """Begin a run of *version* for everybody in *who*, due at once."""
        ...


async def start_run(  # noqa: PLR0917, PLR0913 - the world, what, and for whom
    ports: Ports,
    runs: NewRuns,
    template: tuple[str, Mapping[str, TemplateSpec]],
    webhook_of: Callable[[str], WebhookSpec],
    subjects: Sequence[Subject],
    begun: Begun | None = None,
) -> TemplateRun:
    """Begin a run of the template (its name, among all templates) for *subjects*, and say so in the audit log.

    It pins the template, its sub-templates and its webhooks as they are now. UsageError for nobody, or for subjects
    of another side than the template is for; NotPermitted if no role of whoever asks reaches all of them.
    """
    name, templates = template
    version = version_of(name, templates, webhook_of)
    if not subjects:
        raise UsageError("nobody was chosen", hint="name somebody with --user, --list, --search or --members-of")
    wrong = [subject for subject in subjects if str(subject.side) != version.template.subject]
    if wrong:
        raise UsageError(f"template {name} is for {version.template.subject}, and {wrong[0].side} was chosen")
    wanted = Wanted(right=Right.RUN_TEMPLATES, reach=Reach(template=name))
    await permit_subjects(ports, wanted, subjects)
    run = runs.open(version, subjects, begun or Begun(operator=ports.operator))
    detail = {"template": name, "version": version.digest, "subjects": str(len(subjects))}
    ports.audit.add("run_template", run.id, detail, operator=run.operator)
    return run

"""Change chosen accounts of a directory by hand: one directory action, as a run that is followed like any other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from keepstep.core.authority import Reach
from keepstep.core.directory_action import DirectoryAction, Verb
from keepstep.core.right import Right
from keepstep.core.subject import Subject
from keepstep.core.template import ActionBlock, TemplateSpec
from keepstep.core.template_run import Begun, TemplateRun
from keepstep.core.template_version import TemplateVersion
from keepstep.errors import NotPermitted, UsageError
from keepstep.ports import Ports
from keepstep.usecases.permit import Wanted, permit_subjects
from keepstep.usecases.start_run import NewRuns

BY_HAND: Final = "by-hand"
"""What such a run is called where others name their template."""

_WRITES: Final = {
    Verb.JOIN: ("memberOf",),
    Verb.LEAVE: ("memberOf",),
    Verb.EXPIRE: ("accountExpires",),
    Verb.MANAGER: ("manager",),
    Verb.RENAME: ("cn",),
    Verb.MOVE: ("container",),
}


async def change_accounts(
    ports: Ports, runs: NewRuns, subjects: Sequence[Subject], action: DirectoryAction
) -> TemplateRun:
    """Begin a run that makes *action* of each of *subjects*, who are of one side, and return it.

    NotPermitted if one role does not allow the change, what it writes, all the people, where they would go, or the
    groups that they would join. UsageError for nobody, or an action that is about nobody who is there.
    """
    if not subjects:
        raise UsageError("nobody was chosen")
    if action.verb in {Verb.CREATE, Verb.RESTORE}:
        raise UsageError(f"{action.verb} is about nobody who is there", hint="run a template, or plan a rule")
    side = subjects[0].side
    written = tuple(action.set or ()) or _WRITES.get(action.verb, ())
    reach = Reach(connection=side.connection, change=str(action.verb), attributes=written)
    _permit_names(ports, action, reach)
    await permit_subjects(ports, Wanted(right=Right.CHANGE_ACCOUNTS, reach=reach), subjects)
    block = ActionBlock(action=action)
    template = TemplateSpec(subject=str(side), start="change", blocks={"change": block})
    run = runs.open(TemplateVersion(name=BY_HAND, template=template), subjects, Begun(operator=ports.operator))
    detail = {"change": str(action.verb), "attributes": ", ".join(written), "subjects": str(len(subjects))}
    ports.audit.add("change_accounts", run.id, detail, operator=ports.operator)
    return run


def _permit_names(ports: Ports, action: DirectoryAction, reach: Reach) -> None:
    """NotPermitted if whoever asks does not reach the containers and groups that *action* names."""
    authority = ports.authority
    if authority.everywhere(Right.CHANGE_ACCOUNTS, reach):
        return
    for name in _names(action):
        if "{{" in name:
            raise NotPermitted("a name with a macro could be any: only who reaches everybody may give one")
        authority.require(Right.CHANGE_ACCOUNTS, replace(reach, place=name))


def _names(action: DirectoryAction) -> Iterator[str]:
    """Yield the names (DN) that *action* is about beside the subjects."""
    if action.move is not None:
        yield action.move.to
    yield from action.add_to_groups or ()
    if action.remove_from_groups is not None:
        yield from action.remove_from_groups.groups
        if action.remove_from_groups.all_but is not None:
            raise NotPermitted("leaving all groups but some reaches groups that nobody named")
    if action.set_manager is not None and action.set_manager.dn:
        yield action.set_manager.dn

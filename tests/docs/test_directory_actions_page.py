"""The page about directory actions names every action, says which of them groups have, and its example works."""

from types import SimpleNamespace

import pytest

from keepstep.core.block_result import BlockState, Cause
from keepstep.core.block_text import BlockTexts
from keepstep.core.directory_action import DirectoryAction, Verb
from keepstep.core.subject import Order, Subject
from keepstep.core.sync_rule import Side
from keepstep.core.template import TemplateSpec
from keepstep.core.values import NativeKey
from keepstep.usecases.act import act
from tests.docs.tables import page, section, tables, yaml_blocks
from tests.integration.corp_ldif import ANA, STAFF, TREE, build, group, guid, one, user
from tests.integration.nobody import Nobody

PAGE = page("directory-actions.md")
LEAVERS = "OU=Leavers,DC=corp,DC=example"
NEEDED = {
    Verb.CREATE: {"objects": "groups", "attributes": {"sAMAccountName": "crew", "cn": "Crew", "container": STAFF}},
    Verb.SET: {"description": "Left"},
    Verb.MOVE: {"to": LEAVERS},
    Verb.RENAME: {"cn": "Crew"},
    Verb.JOIN: [f"CN=Alumni,{STAFF}"],
    Verb.LEAVE: {"all_but": []},
    Verb.EXPIRE: "2030-01-31T00:00:00Z",
    Verb.MANAGER: {"dn": ANA},
}


def acting(folder):
    """Return what carries out an action in a directory of a file, and its connector."""
    unit = f"dn: {LEAVERS}\nobjectClass: organizationalUnit\n\n"
    ana = user(1, "Ana", "department: Sales\ntitle: Clerk\n")
    connector, _ = build(folder, TREE, unit, ana, group(3, "Team", ANA), group(4, "Alumni", ANA))

    async def do(action, number, objects):
        subject = Subject(side=Side("corp", objects), key=NativeKey(guid(number)))
        order = Order(key="run.0.1", subject=subject, values={"department": ("Sales",)})
        return await act(
            SimpleNamespace(connector=lambda _: connector, own_writes=Nobody()), action, order, BlockTexts()
        )

    return do, connector


def test_every_action_is_described_in_the_order_it_is_told_in_errors():
    assert [row[0].strip("`") for row in tables(section(PAGE, "What there is"))[0]] == list(Verb)


async def test_the_blocks_of_the_example_let_somebody_go(tmp_path):
    (example,) = yaml_blocks(PAGE)
    do, connector = acting(tmp_path)
    for block in TemplateSpec.model_validate({"subject": "corp.users", "start": "stop", **example}).blocks.values():
        result = await do(block.action, 1, "users")
        assert result.state is BlockState.SUCCEEDED, result.detail
    names = ("enabled", "container", "memberOf", "department", "title", "accountExpires")
    assert (await one(connector, 1, *names)).attributes == {
        "enabled": ("false",),
        "container": (LEAVERS,),
        "memberOf": (f"CN=Alumni,{STAFF}",),
        "department": ("Former Sales",),
        "accountExpires": ("2030-01-31T00:00:00Z",),
    }


@pytest.mark.parametrize(("verb", "_does", "groups"), tables(section(PAGE, "What there is"))[0])
async def test_groups_have_the_actions_that_the_page_says(tmp_path, verb, _does, groups):
    name = verb.strip("`")
    do, _ = acting(tmp_path)
    result = await do(DirectoryAction.model_validate({name: NEEDED.get(Verb(name), {})}), 3, "groups")
    if name == Verb.RESTORE:
        assert "no live directory" in result.detail
    elif groups == "yes":
        assert result.state is BlockState.SUCCEEDED, result.detail
    else:
        assert (result.state, result.cause) == (BlockState.FAILED, Cause.REFUSED), result.detail

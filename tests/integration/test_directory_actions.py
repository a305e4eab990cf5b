"""Directory actions for one subject: each does what it says, and done twice it is as done once."""

from types import SimpleNamespace

import pytest

from keepstep.core.block_result import BlockState, Cause
from keepstep.core.block_text import BlockTexts
from keepstep.core.directory_action import DirectoryAction
from keepstep.core.subject import Order, Subject
from keepstep.core.sync_rule import Side
from keepstep.usecases.act import act
from tests.integration.corp_ldif import ANA, IVO, STAFF, TREE, build, group, guid, one, user
from tests.integration.nobody import Nobody

LEAVERS = "OU=Leavers,DC=corp,DC=example"
UNIT = f"dn: {LEAVERS}\nobjectClass: organizationalUnit\n\n"
TEAM, CLUB = f"CN=Team,{STAFF}", f"CN=Club,{STAFF}"
LOOKED_AT = ("cn", "container", "enabled", "department", "title", "manager", "accountExpires", "memberOf", "lockedOut")


class Corp:
    """A directory in a file, and what a template has done there."""

    def __init__(self, folder, *more, **spec):
        entries = (TREE, UNIT, user(1, "Ana", "department: Sales\ntitle: Clerk\nlockoutTime: 133000000000000000\n"))
        entries += (user(2, "Ivo", "employeeID: 77\n"), group(3, "Team", ANA), group(4, "Club", ANA, IVO))
        self.connector, self.path = build(folder, *entries, *more, **spec)

    async def act(self, action, number=1, objects="users", resumed=False, **values):
        subject = Subject(side=Side("corp", objects), key=guid(number))
        order = Order(key="run.0.1", subject=subject, values=values, resumed=resumed)
        ports = SimpleNamespace(connector=lambda _: self.connector, own_writes=Nobody())
        return await act(ports, DirectoryAction.model_validate(action), order, BlockTexts())

    async def ana(self):
        return (await one(self.connector, 1, *LOOKED_AT)).attributes


@pytest.fixture
def corp(tmp_path):
    return Corp(tmp_path)


@pytest.mark.parametrize(
    ("action", "attribute", "wanted"),
    [
        ("disable", "enabled", ("false",)),
        ("enable", "enabled", ("true",)),
        ("unlock", "lockedOut", ("false",)),
        ({"move": {"to": LEAVERS}}, "container", (LEAVERS,)),
        ({"move": {"to": "OU={{ place }},DC=corp,DC=example"}}, "container", (LEAVERS,)),
        ({"rename": {"cn": "{{ sn }}, Ana"}}, "cn", ("Novak, Ana",)),
        ({"set": {"title": "Head of {{ team }}"}}, "title", ("Head of Sales",)),
        ({"set": {"title": None}}, "title", None),
        ({"set": {"title": "{{ missing }}"}}, "title", ("Clerk",)),
        ({"set": {"title": {"from": "{{ missing }}", "when_empty": "clear"}}}, "title", None),
        ({"set_manager": {"dn": IVO}}, "manager", (IVO,)),
        ({"set_manager": {"by": "employeeID", "value": "{{ chief }}"}}, "manager", (IVO,)),
        ({"set_manager": {}}, "manager", None),
        ({"expire": "2030-01-31T00:00:00Z"}, "accountExpires", ("2030-01-31T00:00:00Z",)),
        ({"expire": "never"}, "accountExpires", ("",)),
        ({"add_to_groups": [CLUB.upper()]}, "memberOf", (CLUB, TEAM)),
        ({"remove_from_groups": [TEAM.lower()]}, "memberOf", (CLUB,)),
        ({"remove_from_groups": {"all_but": [TEAM]}}, "memberOf", (TEAM,)),
        ({"remove_from_groups": {"all_but": []}}, "memberOf", None),
    ],
)
async def test_an_action_does_what_it_says_and_twice_is_as_once(corp, action, attribute, wanted):
    values = {"place": ("Leavers",), "sn": ("Novak",), "team": ("Sales",), "chief": ("77",)}
    first = await corp.act(action, **values)
    assert (first.state, first.cause) == (BlockState.SUCCEEDED, Cause.NONE), first.detail
    held = (await corp.ana()).get(attribute)
    assert (tuple(sorted(held)) if held else held) == wanted
    after = corp.path.read_bytes()
    again = await corp.act(action, resumed=True, **values)
    assert again.state is BlockState.SUCCEEDED
    assert corp.path.read_bytes() == after


CREATE = {"create": {"attributes": {"sAMAccountName": "{{ login }}", "cn": "{{ login }}", "container": STAFF}}}


async def test_a_resumed_create_takes_what_it_made_and_another_create_meets_a_conflict(corp):
    made = await corp.act(CREATE, login=("mira",))
    assert made.state is BlockState.SUCCEEDED, made.detail
    assert made.values["distinguishedName"] == (f"CN=mira,{STAFF}",)
    after = corp.path.read_bytes()
    resumed = await corp.act(CREATE, resumed=True, login=("mira",))
    assert (resumed.state, resumed.values) == (BlockState.SUCCEEDED, made.values)
    assert (await corp.act(CREATE, login=("mira",))).cause is Cause.CONFLICT
    assert corp.path.read_bytes() == after


async def test_a_resumed_create_takes_nobody_who_is_another_person(corp):
    action = {"create": {"attributes": {"sAMAccountName": "user2", "cn": "Mira", "container": STAFF}}}
    assert (await corp.act(action, resumed=True)).cause is Cause.CONFLICT


async def test_a_create_says_what_a_macro_did_not_give_and_makes_nobody(corp):
    before = corp.path.read_bytes()
    result = await corp.act(CREATE)
    assert (result.state, result.cause) == (BlockState.FAILED, Cause.REFUSED)
    assert "sAMAccountName" in result.detail
    assert corp.path.read_bytes() == before


async def test_who_is_moved_or_renamed_is_known_by_the_new_name_to_later_blocks(corp):
    moved = await corp.act({"move": {"to": LEAVERS}})
    assert moved.values == {"key": (guid(1),), "distinguishedName": (f"CN=Ana,{LEAVERS}",)}
    renamed = await corp.act({"rename": {"cn": "Ana N"}})
    assert renamed.values["distinguishedName"] == (f"CN=Ana N,{LEAVERS}",)


async def test_deleting_who_is_gone_is_as_deleting_and_nothing_else_is(corp):
    assert (await corp.act("delete")).state is BlockState.SUCCEEDED
    again = await corp.act("delete", resumed=True)
    assert (again.state, again.detail) == (BlockState.SUCCEEDED, "it was gone already")
    for action in ("enable", "unlock", {"set": {"title": "x"}}, "reset_password"):
        assert (await corp.act(action)).cause is Cause.ABSENT, action


@pytest.mark.parametrize("action", ["reset_password", "restore"])
async def test_a_file_has_no_passwords_and_no_recycle_bin_and_says_so(corp, action):
    before = corp.path.read_bytes()
    result = await corp.act(action)
    assert (result.state, result.cause) == (BlockState.FAILED, Cause.REFUSED)
    assert "no live directory" in result.detail
    assert corp.path.read_bytes() == before


async def test_whoever_is_protected_and_wherever_nobody_goes_is_refused(tmp_path):
    corp = Corp(tmp_path, user(5, "Boss", "adminCount: 1\n"), protected=[LEAVERS])
    before = corp.path.read_bytes()
    for action in ("disable", "delete", {"set": {"title": "x"}}, {"move": {"to": STAFF}}, {"add_to_groups": [CLUB]}):
        result = await corp.act(action, 5)
        assert (result.cause, "protected" in result.detail) == (Cause.REFUSED, True), action
    made = await corp.act({"create": {"attributes": {"sAMAccountName": "m", "cn": "m", "container": LEAVERS}}})
    assert made.cause is Cause.REFUSED
    assert corp.path.read_bytes() == before


@pytest.mark.parametrize(
    ("action", "cause", "word"),
    [
        ({"move": {"to": "OU=Nowhere,DC=corp,DC=example"}}, Cause.REFUSED, "container"),
        ({"move": {"to": "{{ missing }}"}}, Cause.INPUT, "move.to"),
        ({"rename": {"cn": "Ivo"}}, Cause.CONFLICT, "name"),
        ({"rename": {"cn": "{{ many }}"}}, Cause.INPUT, "rename.cn"),
        ({"set_manager": {"dn": "{{ missing }}"}}, Cause.INPUT, "set_manager.dn"),
        ({"expire": "{{ missing }}"}, Cause.INPUT, "expire"),
        ({"expire": "soon"}, Cause.REFUSED, "accountExpires"),
        ({"add_to_groups": ["{{ bad }}"]}, Cause.INPUT, "add_to_groups"),
        ({"add_to_groups": [f"CN=Nobody,{STAFF}"]}, Cause.REFUSED, "group"),
        ({"set_manager": {"by": "employeeID", "value": "{{ missing }}"}}, Cause.INPUT, "employeeID"),
        ({"set_manager": {"by": "employeeID", "value": "{{ bad }}"}}, Cause.INPUT, "employeeID"),
    ],
)
async def test_what_cannot_be_done_says_why_and_changes_nothing(corp, action, cause, word):
    before = corp.path.read_bytes()
    result = await corp.act(action, many=("A", "B"), bad=("Hidden-Value",))
    assert (result.state, result.cause) == (BlockState.FAILED, cause), result.detail
    assert word.casefold() in result.detail.casefold()
    assert "Hidden-Value" not in result.detail
    assert corp.path.read_bytes() == before


async def test_a_group_is_renamed_moved_and_deleted_and_cannot_be_enabled(corp):
    assert (await corp.act({"rename": {"cn": "Crew"}}, 3, "groups")).state is BlockState.SUCCEEDED
    moved = await corp.act({"move": {"to": LEAVERS}}, 3, "groups")
    assert moved.values["distinguishedName"] == (f"CN=Crew,{LEAVERS}",)
    for action in ("enable", "unlock", {"expire": "never"}):
        refused = await corp.act(action, 3, "groups")
        assert (refused.state, refused.cause) == (BlockState.FAILED, Cause.REFUSED), action
    assert (await corp.act("delete", 3, "groups")).state is BlockState.SUCCEEDED


async def test_the_words_of_what_was_asked_are_there_and_hold_no_values(corp):
    result = await corp.act({"set": {"title": "{{ secretive }}"}}, secretive=("Hidden-Value",))
    assert result.request == "set title"
    assert "Hidden-Value" not in f"{result.request}{result.answer}{result.detail}"

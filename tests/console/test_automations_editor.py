"""The editor of automations: every key of one has its field, mistakes stand beside theirs, and the usual is not written."""

import re

import pytest

from keepstep.store.config_file import parse
from tests.console.test_automations import make_nightly
from tests.console.test_automations_schedule import choose


@pytest.fixture
def page(tab):
    page = tab.sign_in(to="/automations")
    make_nightly(page)
    return page


def field(page, name):
    """Return the field that is called so, whatever it is; what has to be filled in has a star behind its name."""
    called = re.compile(rf"^{re.escape(name)}( \*)?$")
    return page.get_by_role("textbox", name=called).or_(page.get_by_role("combobox", name=called)).first


def fill(page, name, text):
    field(page, name).fill(text)
    field(page, name).press("Tab")


def add(page, name, *texts):
    """Type texts into a field that holds several."""
    for text in texts:
        field(page, name).fill(text)
        field(page, name).press("Enter")
    field(page, name).press("Escape")


def wrong(page, name, text):
    """Wait until *text* is told as the mistake of the field."""
    told = ""
    here = page if hasattr(page, "wait_for_timeout") else page.page
    for _ in range(60):
        told = field(page, name).evaluate(
            "one => (one.getAttribute('aria-describedby') || '').split(' ')"
            ".map(id => document.getElementById(id)?.textContent || '').join(' ')"
        )
        if text in told:
            return
        here.wait_for_timeout(250)
    raise AssertionError(f"{name}: {told}")


def saved(page, world):
    """Save, and return what stands in keepstep.yaml."""
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save", exact=True).wait_for(state="hidden")
    return parse(world.store.kept.text(), name="keepstep.yaml").data["automations"]["nightly"]


def test_who_has_to_agree_is_edited_whole_and_the_usual_is_not_written(tab, page, world):
    fill(page, "How many have to agree", "2")
    add(page, "Who may agree", "ana")
    wrong(page, "How many have to agree", "2 have to agree, and only 1 may decide")
    add(page, "Who may agree", "ivo")
    fill(page, "Waited for", "2d")
    add(page, "Reminded after", "3d")
    wrong(page, "Reminded after", "after 3d the request has expired")
    field(page, "Reminded after").press("Backspace")
    add(page, "Reminded after", "1d")
    fill(page, "Then others too, after", "36h")
    add(page, "Those others", "mira")
    page.get_by_role("switch", name="Not whoever asked").press("Space")
    fill(page, "Only if there are more changes than", "40")
    choose(page, "While an earlier start is not over", "let it wait")
    choose(page, "What went by while nobody was at work", "let it go")
    tab.check_axe()
    tab.shoot("automation-approval")
    kept = saved(page, world)
    assert (kept["concurrency"], kept["missed"]) == ("queue", "skip")
    assert kept["approve"] == {
        "need": 2,
        "approvers": ["ana", "ivo"],
        "not_requester": True,
        "expires": "2d",
        "remind": ["1d"],
        "above": 40,
        "escalate": {"after": "36h", "to": ["mira"]},
    }

    choose(page, "While an earlier start is not over", "leave it out")
    choose(page, "What went by while nobody was at work", "run it once")
    fill(page, "How many have to agree", "0")
    kept = saved(page, world)
    assert set(kept) == {"description", "trigger", "rule"}


def test_whoever_is_told_has_to_be_a_channel_that_there_is(page):
    add(page, "Tell", "nobody")
    wrong(page, "Tell", 'there is no channel "nobody"')


def test_how_an_event_is_found_out_is_edited(page, world):
    choose(page, "Kind", "When something happens")
    fill(page, "On the side", "corp.users")
    fill(page, "Read every", "5q")
    wrong(page, "Read every", "write a length of time")
    fill(page, "Read every", "10m")
    fill(page, "LDAP filter", "(department=")
    wrong(page, "LDAP filter", "filter")
    fill(page, "LDAP filter", "")
    page.get_by_role("switch", name="Also what Keepstep did itself").press("Space")
    choose(page, "Reads", "what changed since the last good run")
    fill(page, "And everything every", "12h")
    kept = saved(page, world)
    assert kept["trigger"] == {"event": ["user_created"], "on": "corp.users", "every": "10m", "own": True}
    assert (kept["scope"], kept["full_every"]) == ("changed", "12h")

    fill(page, "Read every", "")
    page.get_by_role("switch", name="Also what Keepstep did itself").press("Space")
    choose(page, "Reads", "everything")
    kept = saved(page, world)
    assert kept["trigger"] == {"event": ["user_created"], "on": "corp.users"}
    assert set(kept) == {"description", "trigger", "rule"}


def test_tasks_in_order_are_written_for_the_members_of_a_group(tab, page, world):
    choose(page, "Starts", "Tasks in order")
    fill(page, "The accounts of the side", "corp.users")
    first = page.get_by_role("group", name="Task 1")
    first.get_by_text("must not be empty").first.wait_for()
    first.get_by_role("combobox", name="Does").click()
    page.get_by_role("option", name="change the account").click()
    first.get_by_role("combobox", name="Action").click()
    page.get_by_role("option", name="Disable", exact=True).click()
    wrong(page, "For whom", "they are missing")
    choose(page, "For whom", "The members of a group")
    fill(page, "Which", "Leavers")
    fill(page, "At most", "20")
    page.get_by_role("button", name="Add a task").click()
    second = page.get_by_role("group", name="Task 2")
    second.get_by_role("combobox", name="Does").click()
    page.get_by_role("option", name="ask people").click()
    add(second, "Who decides", "ana")
    fill(second, "Waits before", "5q")
    second.get_by_text("write a length of time").wait_for()
    fill(second, "Waits before", "30d")
    page.get_by_role("button", name="Add a task").click()
    third = page.get_by_role("group", name="Task 3")
    third.get_by_role("combobox", name="Does").click()
    page.get_by_role("option", name="change the account").click()
    third.get_by_role("combobox", name="Action").click()
    page.get_by_role("option", name="Move", exact=True).click()
    third.get_by_text("must not be empty").first.wait_for()
    field(third, "To container").fill("OU=Left,DC=corp,DC=example")
    page.get_by_role("button", name="Move task 3 up").click()
    fill(page, "Called off when", "{{ nosuch( }}")
    page.locator("[aria-invalid=true]").first.wait_for()
    fill(page, "Called off when", "{{ title == 'Head' }}")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")  # the bar with Save lies over what is behind it
    tab.check_axe()
    tab.shoot("automation-tasks")
    kept = saved(page, world)
    assert kept["tasks"] == [
        {"action": "disable"},
        {"action": {"move": {"to": "OU=Left,DC=corp,DC=example"}}},
        {"after": "30d", "approval": {"by": ["ana"]}},
    ]
    assert (kept["target"], kept["most"], kept["subjects"]) == ("corp.users", 20, {"members_of": "Leavers"})
    assert kept["cancelled_by"] == "{{ title == 'Head' }}"


def test_a_directory_action_is_made_of_the_accounts_that_records_are_matched_with(page, world):
    choose(page, "Starts", "A directory action")
    fill(page, "From", "infobip.persons")
    fill(page, "To", "corp.users")
    fill(page, "Join on", "mail = email")
    choose(page, "Action", "Rename")
    wrong(page, "Action", "must not be empty")
    field(page, "New name (CN)").fill("{{ givenName }} {{ sn }}")
    kept = saved(page, world)
    assert kept["action"] == {"rename": {"cn": "{{ givenName }} {{ sn }}"}}
    assert (kept["source"], kept["target"], kept["correlate"]) == ("infobip.persons", "corp.users", [["mail", "email"]])


def test_a_task_of_a_mapping_has_limits_of_its_own(page, world):
    choose(page, "Starts", "A task of a mapping")
    choose(page, "Mapping", "staff-to-persons")
    choose(page, "Task", "Create who is missing")
    fill(page, "From", "corp.users")
    fill(page, "To", "infobip.persons")
    fill(page, "Join on", "email = mail")
    fill(page, "Create: more than … %", "30")
    fill(page, "But always so many", "7")
    kept = saved(page, world)
    assert kept["guards"] == {"create": {"percent": 30}, "history": {"least": 7}}
    fill(page, "But always so many", "")
    assert saved(page, world)["guards"] == {"create": {"percent": 30}}


def test_a_task_of_a_mapping_has_limits_for_each_group_and_a_wrong_one_is_told_at_itself(tab, page, world):
    choose(page, "Starts", "A task of a mapping")
    choose(page, "Mapping", "staff-to-persons")
    choose(page, "Task", "Delete who is gone")
    fill(page, "From", "corp.users")
    fill(page, "Join on", "email = mail")
    fill(page, "Attribute", "customAttributes.Department")
    page.get_by_role("button", name="Add limits").click()
    group = page.get_by_role("group", name="For each customAttributes.Department")
    fill(group, "Delete: more than … %", "10")
    fill(group, "Delete: or more than", "1.5")
    wrong(group, "Delete: or more than", "whole number")
    fill(group, "Delete: or more than", "2")
    tab.shoot("automation-groups")
    assert saved(page, world)["guards"] == {
        "by": {"customAttributes.Department": {"delete": {"percent": 10, "count": 2}}}
    }

"""The schedule of an automation: its next times by both clocks, and the windows in which nothing starts."""

import re

import pytest

from tests.console.test_automations import make_nightly

HELD = re.compile("Held back by a blackout window")


@pytest.fixture
def page(tab):
    page = tab.sign_in(to="/automations")
    make_nightly(page)
    page.get_by_text("Every day at 02:00").wait_for()
    return page


def choose(page, label, option):
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def save(page):
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Plan only").wait_for()


def test_each_next_time_is_shown_by_the_viewers_clock_and_by_that_of_the_schedule(page):
    page.get_by_role("combobox", name="Time zone").fill("Asia/Kathmandu")
    page.keyboard.press("Escape")
    page.get_by_text(
        "By your clock (Europe/Zagreb), and below by the clock of the schedule (Asia/Kathmandu)"
    ).wait_for()
    times = page.locator("ol li")
    assert times.count() == 10
    there = times.filter(has_text="02:00:00 +05:45")
    assert there.filter(has_text=re.compile("2[12]:15:00")).count() == 10  # in Zagreb, in summer and in winter


def test_a_time_in_a_blackout_window_says_that_it_is_held_back_and_when_it_starts_instead(tab, page, world):
    page.get_by_role("combobox", name="Time zone").fill("Europe/Zagreb")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add a blackout window").click()
    window = page.get_by_role("group", name="Blackout window 1")
    page.locator("ol li").filter(has_text=HELD).nth(9).wait_for()  # the night is held back whole
    page.get_by_text("It does not start: every time is held back by a blackout window.").wait_for()

    window.get_by_role("combobox", name="On the days").click()
    page.get_by_role("option", name="sat").click()
    page.get_by_role("option", name="sun").click()
    page.keyboard.press("Escape")
    left_out = page.locator("ol li").filter(has_text="from 22:00 to 06:00 on Sat, Sun: left out")
    left_out.first.wait_for()
    assert 2 <= left_out.count() <= 4
    choose(page, "What falls into a window", "starts once when the window ends")
    after = page.locator("ol li").filter(has_text=re.compile("on Sat, Sun: starts .*06:00:00"))
    after.first.wait_for()
    tab.check_axe()
    tab.shoot("automation-blackout")

    save(page)
    kept = world.store.configuration().automations["nightly"].trigger
    assert [str(one) for one in kept.blackout] == ["from 22:00 to 06:00 on Sat, Sun"]
    assert kept.blackout_then == "run_after"
    page.get_by_role("button", name="Remove blackout window 1").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save", exact=True).wait_for(state="hidden")
    assert "blackout" not in world.store.kept.text()  # what is left at its default is not written


def test_a_window_of_a_few_days_is_between_two_moments_and_a_wrong_one_is_told_at_itself(tab, page, world):
    tab.allow("400")
    page.get_by_role("button", name="Add a blackout window").click()
    window = page.get_by_role("group", name="Blackout window 1")
    choose(page, "Comes", "once")
    window.get_by_label("Begins").fill("2999-12-24T00:00")
    window.get_by_text("or a moment as").first.wait_for()  # its end is still missing
    window.get_by_label("Ends").fill("2999-12-20T00:00")
    window.get_by_role("alert").filter(has_text="the window ends before it begins").wait_for()
    window.get_by_label("Ends").fill("2999-12-27T00:00")
    window.get_by_role("alert").wait_for(state="hidden")
    save(page)
    (kept,) = world.store.configuration().automations["nightly"].trigger.blackout
    assert (kept.begin, kept.end) == ("2999-12-24T00:00", "2999-12-27T00:00")

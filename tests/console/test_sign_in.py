"""The door: nobody sees a page before they are who they say."""

import pytest

PAGES = ["/help", "/help/mapping", "/nothing-here"]


def test_whoever_is_not_signed_in_is_led_to_the_door_and_then_where_they_wanted_to_go(tab):
    page = tab.open("/help/mapping")
    page.get_by_role("heading", name="Sign in").wait_for()
    assert "/sign-in?to=" in page.url
    page.get_by_role("textbox", name="Name").fill("ana")
    page.get_by_role("textbox", name="Password").fill("the quick brown fox 9")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Mapping", level=1).wait_for()
    assert page.url.endswith("/help/mapping")


def test_a_wrong_password_is_said_in_a_sentence_with_the_correlation_id(tab):
    tab.allow("401")
    page = tab.open("/sign-in")
    page.get_by_role("textbox", name="Name").fill("ana")
    page.get_by_role("textbox", name="Password").fill("not this one")
    page.get_by_role("button", name="Sign in", exact=True).click()
    note = page.get_by_role("alert")
    note.wait_for()
    assert "Correlation id" in note.inner_text()
    assert "not this one" not in page.inner_text("body")
    tab.check_axe()


def test_the_first_operator_chooses_a_password_by_a_link_that_no_server_sees(browser, company):
    from tests.console.browsing import tab_of
    from tests.integration.api_world import serving

    with serving(company.home) as world, tab_of(browser, world.url) as tab:
        token = world.store.identity.desk.invite_first().reveal()
        asked = []
        tab.page.on("request", lambda request: asked.append(request.url))
        page = tab.open(f"/welcome#{token}")
        page.get_by_role("textbox", name="Name").fill("vera")
        page.get_by_role("textbox", name="Password", exact=True).fill("a long way to the sea 7")
        page.get_by_role("textbox", name="Password again").fill("a long way to the sea")
        page.get_by_role("button", name="Choose").click()
        page.get_by_text("this is not the same").wait_for()
        page.get_by_role("textbox", name="Password again").fill("a long way to the sea 7")
        tab.check_axe()
        tab.shoot("welcome")
        page.get_by_role("button", name="Choose").click()
        page.get_by_role("link", name="Sign in").click()
        assert not [one for one in asked if token in one]
        tab.sign_in("vera", "a long way to the sea 7")


def test_signing_out_leaves_nothing_behind(tab):
    page = tab.sign_in(to="/help")
    page.get_by_role("button", name="My account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    tab.open("/help")
    page.get_by_role("heading", name="Sign in").wait_for()


def test_the_door_is_as_good_in_the_dark_and_on_a_telephone(tab):
    tab.open("/sign-in").get_by_role("heading", name="Sign in").wait_for()
    tab.check_axe()
    tab.shoot("sign-in")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_frame_meets_wcag_in_both_schemes(tab, path):
    page = tab.sign_in(to=path)
    page.get_by_role("heading", level=1).wait_for()
    tab.check_axe()
    tab.shoot("help" if path == "/help/mapping" else path.strip("/").replace("/", "-"))


def test_the_palette_leads_anywhere_by_keyboard_alone(tab):
    page = tab.sign_in(to="/help/mapping")
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Search or go to").fill("documentation")
    page.keyboard.press("Enter")
    page.wait_for_url("**/help")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") is not None


def test_the_page_has_a_policy_with_a_nonce_of_its_own_each_time(tab):
    first, second = (tab.page.request.get(f"{tab.url}/sign-in").headers for _ in range(2))
    assert first["content-security-policy"] != second["content-security-policy"]
    for part in ("script-src 'self';", "default-src 'none'", "require-trusted-types-for 'script'"):
        assert part in first["content-security-policy"]
    assert first["cache-control"] == "no-store"


def test_files_are_kept_for_ever_and_nothing_else_is_given_out(tab):
    page = tab.page.request.get(f"{tab.url}/sign-in").text()
    name = page.split('src="')[1].split('"')[0]
    script = tab.page.request.get(f"{tab.url}{name}")
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-encoding"] in {"br", "gzip"}
    for path in ("/assets/none.js", "/assets/..%2findex.html", "/assets/", "/api/v1/nothing"):
        assert tab.page.request.get(f"{tab.url}{path}").status == 404, path

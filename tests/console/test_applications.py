"""Applications: what is connected, whether it works, and its authorization."""


def test_every_connection_is_a_card_and_leads_to_its_tabs(tab):
    page = tab.sign_in(to="/applications")
    page.get_by_role("link", name="infobip On").wait_for()
    tab.check_axe()
    tab.shoot("applications")
    page.get_by_role("link", name="infobip On").click()
    page.get_by_role("heading", name="infobip", level=1).wait_for()
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_text("Everything that is needed works").wait_for()
    tab.check_axe()
    tab.shoot("application-authorization")
    page.get_by_role("link", name="Inbound").click()
    page.get_by_role("table", name="Endpoints").wait_for()
    assert page.url.endswith("/applications/infobip/inbound")
    tab.check_axe()
    tab.shoot("application-inbound")


def test_an_application_is_switched_off_and_on(tab, world):
    page = tab.sign_in(to="/applications/infobip")
    switch = page.get_by_role("switch", name="In use")
    switch.check(force=True)
    switch.uncheck(force=True)
    page.get_by_text("It is switched off: nothing is sent.").wait_for()
    assert "enabled: false" in world.store.kept.text()
    switch.check(force=True)
    page.get_by_text("Reach, certificate, credentials").wait_for()

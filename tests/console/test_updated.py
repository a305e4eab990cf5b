"""A page that stays open while Keepstep is updated: its parts are gone, and it says so."""

import pytest


@pytest.fixture
def gone(tab):
    """A tab at whose server the part of the page of audit is not there any more."""
    tab.allow("404", "dynamically imported module")
    page = tab.sign_in()
    page.route("**/assets/AuditPage-*.js", lambda route: route.fulfill(status=404, body=""))
    return page


def test_a_page_that_was_updated_meanwhile_asks_to_be_loaded_again(gone):
    gone.get_by_role("link", name="Audit").first.click()
    note = gone.get_by_role("alert")
    note.get_by_text("Keepstep was updated since this page was opened").wait_for()
    gone.unroute("**/assets/AuditPage-*.js")
    note.get_by_role("button", name="Load again").click()
    gone.get_by_role("heading", name="Audit", level=1).wait_for()

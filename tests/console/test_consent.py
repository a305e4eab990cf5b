"""A person says yes at an authorization server, and the browser comes back with the answer."""

import json

from tests.console.browsing import tab_of
from tests.integration.api_world import serving
from tests.integration.test_authorize import configured, world


def test_who_says_yes_comes_back_to_a_connection_that_works_and_only_once(cli, browser):
    with world() as made:
        configured(cli, made)
        with serving(cli.home) as served, tab_of(browser, served.url) as tab:
            served.operator("ana", "administrator")
            made.authorization["callback"] = f"{served.url}/consent"
            text = json.loads((cli.home / "keepstep.yaml").read_text())
            text["connections"]["hr"]["authorization"] = made.authorization
            (cli.home / "keepstep.yaml").write_text(json.dumps(text))
            page = tab.sign_in(to="/applications/hr")
            page.get_by_role("button", name="Begin").click()
            tab.shoot("consent-begin")
            page.get_by_role("link", name="Open the address and say yes").click()
            page.get_by_role("status").get_by_text("It is authorized.").wait_for()
            assert page.url == f"{served.url}/consent"  # with no code in the history
            assert made.grants == ["authorization_code"]
            tab.check_axe()
            tab.shoot("consent")
            page.get_by_role("link", name="To hr").click()
            page.wait_for_url("**/applications/hr")

            page.goto(f"{served.url}/consent?code=of-somebody-else&state=never-asked")
            page.get_by_text("not the answer to a question").wait_for()
            assert made.grants == ["authorization_code"]

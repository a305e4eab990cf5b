"""A second factor, set up by whoever has it: a QR code for an app, and a code that proves it."""

from datetime import UTC, datetime

from keepstep.core.one_time_code import STEP, code_at, seed_bytes


def test_a_second_factor_is_scanned_proven_and_kept(tab, world):
    page = tab.sign_in(to="/settings")
    page.get_by_role("button", name="Set up an app").click()
    drawing = page.get_by_role("img", name="QR code of the second factor")
    drawing.wait_for()
    assert drawing.bounding_box()["width"] >= 200
    tab.check_axe()
    tab.shoot("settings-second-factor")
    seed = page.locator("code").filter(has_text="=").or_(page.locator("pre")).first.inner_text().strip()
    now = int(datetime.now(UTC).timestamp()) // STEP
    page.get_by_role("textbox", name="Code that the app shows").fill(code_at(seed_bytes(seed), now))
    page.get_by_role("button", name="Keep it").click()
    page.get_by_text("Recovery codes, each good once").wait_for()
    assert world.client().bad(401, "POST", "/session", {"name": "ana", "password": "the quick brown fox 9"})

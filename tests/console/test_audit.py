"""The audit log in the console: found, read in full, proven."""


def test_a_record_is_found_by_its_correlation_id_and_the_chain_is_proven(tab):
    page = tab.sign_in(to="/audit")
    table = page.get_by_role("table", name="Audit entries")
    table.wait_for()
    page.get_by_role("button", name="Prove it now").click()
    page.get_by_text("holds").wait_for()
    tab.check_axe()
    tab.shoot("audit")

    page.get_by_role("textbox", name="Action").fill("operator_add")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**action=operator_add")
    table.get_by_role("button", name="operator_add").first.click()
    record = page.get_by_role("dialog")
    record.get_by_text("Digest of the record before").wait_for()
    tab.check_axe(include="[role=dialog]")
    tab.shoot("audit-record", narrow=False)
    record.get_by_role("link").first.click()
    page.wait_for_url("**correlation=**")


def test_whoever_may_not_read_the_log_is_told_so(tab, world):
    tab.allow("403")
    world.operator("tea", "technician")
    page = tab.sign_in("tea", to="/audit")
    page.get_by_role("alert").first.wait_for()
    assert page.get_by_role("link", name="Audit", exact=True).count() == 0

"""Reports in the console: made now, followed, and fetched as a file."""

import csv
import io
from pathlib import Path


def test_a_report_is_made_and_fetched(tab):
    page = tab.sign_in(to="/reports")
    page.get_by_role("combobox", name="As").click()
    page.get_by_role("option", name="CSV").click()
    page.get_by_role("button", name="Make it").click()
    link = page.get_by_role("region", name="Make a report").get_by_role("link", name="Download")
    link.wait_for()
    page.get_by_role("table", name="Made lately").get_by_text("Comparison of staff").wait_for()
    tab.check_axe()
    tab.shoot("reports")
    with page.expect_download() as download:
        link.click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8"))))
    assert len(rows) == 11

"""The complete list of whom a connection has: read, looked through, taken away as a file."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect


@pytest.fixture
def full(company):
    """An application with more people than one page of the list shows."""
    for number in range(130):
        company.emulator.create(
            {
                "firstName": "Person",
                "lastName": f"Number {number:03}",
                "contactInformation": {"email": [{"address": f"person{number:03}@partner.example"}]},
            }
        )


def test_the_people_of_an_application_are_read_whole_looked_through_and_exported(full, tab):
    page = tab.sign_in(to="/applications/infobip")
    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_text("Not read yet").wait_for()
    page.get_by_role("button", name="Read the list").click()
    table = page.get_by_role("table", name="People")
    table.wait_for()
    page.get_by_text("130 objects · Read of persons").wait_for()
    page.get_by_text("complete", exact=True).wait_for()
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(100)
    page.get_by_role("button", name="More").click()
    expect(rows).to_have_count(130)
    table.get_by_text("person129@partner.example").wait_for()
    tab.check_axe()
    tab.shoot("people")
    table.get_by_role("button", name="Name").click()
    expect(rows.first).to_contain_text("Number 129")
    page.get_by_role("textbox", name="Search by name").fill("number 07")
    page.wait_for_url("**search=number*")
    expect(rows).to_have_count(10)
    page.reload()
    expect(rows).to_have_count(10)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export these rows: CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert len(told) == 10
    assert {"person070@partner.example", "person079@partner.example"} <= {
        value for row in told for value in row.values()
    }


def test_of_a_directory_chosen_objects_and_attributes_are_told(tab):
    page = tab.sign_in(to="/applications/corp/people")
    page.get_by_text("Not read yet").wait_for()
    box = page.get_by_role("combobox", name="Attributes")
    box.fill("depart")
    page.get_by_role("option", name="department", exact=True).click()
    box.press("Escape")
    page.get_by_role("button", name="Read the list").click()
    table = page.get_by_role("table", name="People")
    expect(table.locator("thead")).to_contain_text("department")
    expect(table.locator("thead")).not_to_contain_text("mail")
    expect(table.locator("tbody tr")).to_have_count(11)
    tab.check_axe()

"""Mappings: rows edited with what they give for real people beside them."""

from playwright.sync_api import expect


def test_a_row_is_added_tried_on_real_people_and_saved(tab, world):
    page = tab.sign_in(to="/applications/infobip/mappings")
    page.get_by_role("link", name="staff-to-persons").click()
    page.get_by_role("button", name="Add a row").click()
    page.get_by_role("combobox", name="Attribute: 7").fill("middleName")
    made_of = page.get_by_role("textbox", name="Made of").or_(page.get_by_role("combobox", name="Made of")).last
    made_of.fill("{{ givenName | upper }}")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Look").click()
    people = page.get_by_role("table", name="What it makes of real people")
    people.get_by_text("MIRA", exact=True).wait_for()
    tab.check_axe()
    tab.shoot("mapping")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Not saved yet").wait_for(state="detached")
    rows = world.store.configuration().mappings["staff-to-persons"].rows
    assert rows["middleName"] == "{{ givenName | upper }}"
    # what the others had beside their text is still there
    assert rows["email"].when_empty == "skip"

    tab.open("/applications/infobip/mappings").get_by_role("table", name="Mappings").wait_for()
    tab.check_axe()
    tab.shoot("mappings")


def test_whoever_is_chosen_by_name_is_shown_in_the_preview_and_in_the_builder(tab, world):
    page = tab.sign_in(to="/applications/infobip/mappings/staff-to-persons")
    whom = page.get_by_role("group", name="Of whom")
    whom.get_by_role("combobox").fill("ihorvat")
    whom.get_by_role("button", name="Add").click()
    whom.get_by_role("button", name="Remove ihorvat").wait_for()
    page.get_by_role("button", name="Look").click()
    people = page.get_by_role("table", name="What it makes of real people")
    people.get_by_text("Horvat", exact=True).wait_for()
    assert people.get_by_text("Mira", exact=True).count() == 0
    page.get_by_role("button", name="Build the value of firstName").click()
    gives = page.get_by_role("dialog").get_by_role("table", name="What it gives")
    gives.get_by_text("Ivan", exact=True).wait_for()
    assert gives.get_by_role("row").count() == 1
    # who is chosen beside what is built is shown in both
    page.get_by_role("dialog").get_by_role("combobox", name="Of whom").fill("mkovac")
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    gives.get_by_text("Mira", exact=True).wait_for()
    tab.check_axe(include="[role=dialog]")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    whom.get_by_role("button", name="Remove mkovac").wait_for()


def test_people_are_suggested_by_a_part_of_their_name_for_the_preview(tab):
    page = tab.sign_in(to="/applications/infobip/mappings/staff-to-persons")
    whom = page.get_by_role("group", name="Of whom")
    whom.get_by_role("combobox").fill("hor")
    page.get_by_role("option", name="Ivan Horvat (ihorvat)").click()
    whom.get_by_role("button", name="Remove Ivan Horvat").wait_for()
    expect(whom.get_by_role("combobox")).to_have_value("")
    page.get_by_role("button", name="Look").click()
    people = page.get_by_role("table", name="What it makes of real people")
    people.get_by_text("Horvat", exact=True).wait_for()
    assert people.get_by_text("Mira", exact=True).count() == 0


def test_a_mapping_that_no_rule_uses_is_tried_on_the_people_of_a_side(tab, world):
    page = tab.sign_in(to="/applications/infobip/mappings/spare")
    page.get_by_role("combobox", name="Into").or_(page.get_by_role("textbox", name="Into")).fill("infobip.persons")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add a row").click()
    page.get_by_role("combobox", name="Attribute: 1").fill("lastName")
    page.get_by_role("combobox", name="Of the side").click()
    page.get_by_role("option", name="corp.users", exact=True).click()
    made_of = page.get_by_role("textbox", name="Made of").or_(page.get_by_role("combobox", name="Made of")).last
    made_of.fill("{{ sn | upper }}")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Look").click()
    page.get_by_role("table", name="What it makes of real people").get_by_text("HORVAT", exact=True).wait_for()
    tab.check_axe()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Not saved yet").wait_for(state="detached")
    assert world.store.configuration().mappings["spare"].rows == {"lastName": "{{ sn | upper }}"}
    # by its name, as it is in force
    page.get_by_role("button", name="Look").click()
    page.get_by_role("table", name="What it makes of real people").get_by_text("HORVAT", exact=True).wait_for()


def test_a_value_table_is_pasted_from_a_spreadsheet_saved_and_asked_by_a_row(tab, world):
    page = tab.sign_in(to="/applications/infobip/mappings/staff-to-persons")
    page.get_by_role("button", name="New value table").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name").fill("departments")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    dialog = page.get_by_role("dialog", name="Value table departments")
    dialog.get_by_role("textbox", name="From: row 1").evaluate(
        """(field, text) => {
          const copied = new DataTransfer();
          copied.setData('text', text);
          field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: copied, bubbles: true, cancelable: true }));
        }""",
        "Marketing\tMarketing and sales\r\nField sales\tSales\r\n",
    )
    dialog.get_by_text("Pasted: 2 new, 0 changed.").wait_for()
    dialog.get_by_role("textbox", name="To: Field sales").press("Enter")
    dialog.get_by_role("textbox", name="From: row 3").fill("Marketing")
    dialog.get_by_text("this value has a row already").first.wait_for()
    assert dialog.get_by_role("button", name="Save", exact=True).is_disabled()
    dialog.get_by_role("textbox", name="From: Marketing").last.fill("IT")
    dialog.get_by_role("textbox", name="To: IT").fill("Information")
    dialog.get_by_role("combobox", name="Everything else").click()
    page.get_by_role("option", name="becomes this text").click()
    dialog.get_by_role("textbox", name="The text").fill("keep it simple")
    tab.check_axe(include="[role=dialog]")
    tab.shoot("mapping-value-table")
    dialog.get_by_role("button", name="Save", exact=True).click()
    dialog.wait_for(state="detached")
    table = world.store.configuration().tables["departments"]
    assert table.values == {"Marketing": "Marketing and sales", "Field sales": "Sales", "IT": "Information"}
    assert table.default == "keep it simple"

    row = page.get_by_role("textbox", name="Made of").or_(page.get_by_role("combobox", name="Made of")).last
    row.fill('{{ department | map("departments") }}')
    page.keyboard.press("Escape")
    page.get_by_text("used here").wait_for()
    page.get_by_role("button", name="Look").click()
    shown = page.get_by_role("table", name="What it makes of real people")
    shown.get_by_text("Marketing and sales", exact=True).first.wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Not saved yet").wait_for(state="detached")
    tab.check_axe()


def test_what_is_not_saved_of_a_value_table_is_not_left_by_mistake(tab, world, company):
    text = world.store.kept.text()
    tables = "tables:\n  sites:  # of the estate\n    values: {ZG: Zagreb, ST: Split}\n    default: keep\n"
    (company.home / "keepstep.yaml").write_text(text + tables, encoding="utf-8")
    page = tab.sign_in(to="/applications/corp/mappings/staff-to-persons")
    page.get_by_role("button", name="Edit the value table sites").click()
    dialog = page.get_by_role("dialog", name="Value table sites")
    dialog.get_by_role("textbox", name="To: ZG").fill("Zagreb (HQ)")
    page.keyboard.press("Escape")
    asked = page.get_by_role("dialog", name="Leave without saving?")
    asked.get_by_role("button", name="Cancel").click()
    dialog.get_by_role("button", name="Discard").click()
    assert dialog.get_by_role("textbox", name="To: ZG").input_value() == "Zagreb"
    dialog.get_by_role("button", name="Remove this table").click()
    page.get_by_role("dialog", name="Remove the value table sites?").get_by_role("button", name="Remove").click()
    page.get_by_text("No value table yet.").wait_for()
    assert world.store.configuration().tables == {}


def test_an_attribute_that_is_not_there_is_said_beside_its_row(tab, world):
    page = tab.sign_in(to="/applications/corp/mappings/staff-to-persons")
    page.get_by_role("combobox", name="Attribute: firstName").fill("fristName")
    page.get_by_text("this side has no such attribute").wait_for()
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("combobox", name="Attribute: firstName").wait_for()
    assert "firstName" in world.store.configuration().mappings["staff-to-persons"].rows


def test_a_value_is_built_of_parts_beside_what_it_gives(tab, world):
    page = tab.sign_in(to="/applications/infobip/mappings/staff-to-persons")
    page.get_by_role("button", name="Build the value of firstName").click()
    dialog = page.get_by_role("dialog")
    gives = dialog.get_by_role("table", name="What it gives")
    gives.get_by_text("Mira", exact=True).wait_for()
    dialog.get_by_role("button", name="Add a text").click()
    dialog.get_by_role("textbox", name="Part 2: text").fill("-")
    dialog.get_by_role("button", name="Add an attribute").click()
    dialog.get_by_role("combobox", name="Part 3: attribute").fill("sn")
    page.get_by_role("option", name="sn", exact=True).click()
    dialog.get_by_role("combobox", name="Characters").last.click()
    page.get_by_role("option", name="first", exact=True).click()
    gives.get_by_text("Mira-K", exact=True).wait_for()
    tab.check_axe(include="[role=dialog]")
    tab.shoot("mapping-format")
    dialog.get_by_role("button", name="Use it").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save", exact=True).wait_for(state="detached")
    row = world.store.configuration().mappings["staff-to-persons"].rows["firstName"]
    assert row == "{{ givenName }}-{{ sn | slice(0, 1) }}", row


def test_a_name_that_another_mapping_has_is_refused_and_both_stay(company, tab, world):
    page = tab.sign_in(to="/applications/infobip/mappings/staff-to-persons")
    page.get_by_role("button", name="Rename…").click()
    page.get_by_role("dialog").get_by_role("textbox").wait_for()
    text = world.store.kept.text()
    other = "mappings:\n  other: {into: infobip.persons, rows: {firstName: '{{ sn }}'}}"
    (company.home / "keepstep.yaml").write_text(text.replace("mappings:", other, 1), encoding="utf-8")
    page.get_by_role("dialog").get_by_role("textbox").fill("other")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    page.get_by_text("there is a mapping other already").wait_for()
    mappings = world.store.configuration().mappings
    assert {name: mappings[name].rows["firstName"] for name in mappings} == {
        "other": "{{ sn }}",
        "staff-to-persons": "{{ givenName }}",
    }


def test_a_mapping_gets_another_name_with_its_rules_and_is_not_removed_while_one_uses_it(tab, world):
    tab.allow("400")
    page = tab.sign_in(to="/applications/infobip/mappings/staff-to-persons")
    page.get_by_role("button", name="Rename…").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("people")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    page.get_by_role("heading", name="people", exact=True).wait_for()
    configuration = world.store.configuration()
    assert list(configuration.mappings) == ["people"]
    assert configuration.rules["staff"].mapping == "people"
    page.get_by_role("button", name="Remove", exact=True).click()
    dialog = page.get_by_role("dialog", name="Remove people?")
    dialog.get_by_role("button", name="Remove", exact=True).click()
    dialog.get_by_text("rules.staff.mapping").or_(dialog.get_by_text("staff")).first.wait_for()
    assert list(world.store.configuration().mappings) == ["people"]

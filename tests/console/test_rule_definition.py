"""A rule as it is defined, with what it does in words beside it."""


def test_what_a_rule_does_is_told_in_words_while_it_is_edited(tab, world):
    page = tab.sign_in(to="/rules/staff/definition")
    page.get_by_text("Whoever is gone from corp.users is deleted from infobip.persons.").wait_for()
    tab.check_axe()
    tab.shoot("rule-definition")
    page.get_by_role("combobox", name="Deleted on the source side").click()
    page.get_by_role("option", name="Report only").click()
    page.get_by_text("Whoever is gone from corp.users is reported, and left alone.").wait_for()
    page.get_by_role("textbox", name="Delete: or more than").fill("7")
    page.get_by_text("delete more than 5 % or 7").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Not saved yet").wait_for(state="detached")
    rule = world.store.configuration().rules["staff"]
    assert (str(rule.reactions["source_deleted"]), rule.guards.delete.count) == ("report", 7)
    # what stood beside it is as it was
    assert "# the person stays, and shows that its owner has left" in world.store.kept.text()


def test_what_makes_no_sense_is_said_in_its_place(tab, world):
    tab.allow("400")
    page = tab.sign_in(to="/rules/staff/definition")
    page.get_by_role("textbox", name="To", exact=False).first.fill("corp.users")
    page.get_by_text("source and target are the same side").first.wait_for()
    page.get_by_role("button", name="Discard").click()
    page.get_by_text("Whoever is new").or_(page.get_by_text("Whoever is in corp.users")).first.wait_for()


def test_a_rule_is_begun_by_its_name(tab, world):
    tab.allow("400")  # it is nothing yet
    page = tab.sign_in(to="/rules")
    page.get_by_role("button", name="New rule").click()
    page.get_by_role("textbox", name="Name").fill("partners")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("heading", name="partners").wait_for()
    page.get_by_role("textbox", name="From").fill("corp.users")
    page.get_by_role("textbox", name="To").first.fill("infobip.persons")
    page.get_by_role("combobox", name="Mapping").click()
    page.get_by_role("option", name="staff-to-persons").click()
    page.get_by_role("textbox", name="Pair by").fill("email = mail")
    page.get_by_role("textbox", name="Description").fill("by their mail")
    page.get_by_text("Whoever is in corp.users and has no account is created in infobip.persons.").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Not saved yet").wait_for(state="detached")
    assert world.store.configuration().rules["partners"].correlate == [("email", "mail")]


def test_limits_for_each_group_are_edited_beside_those_of_the_whole(tab, world):
    page = tab.sign_in(to="/rules/staff/definition")
    named = page.get_by_role("combobox", name="Attribute", exact=True)
    named.click()
    page.get_by_role("option", name="country").click()  # what the target has is offered
    page.get_by_role("button", name="Add limits").click()
    group = page.get_by_role("group", name="For each country")
    group.get_by_role("textbox", name="Delete: or more than").fill("3")
    assert group.get_by_role("textbox", name="Delete: more than … %").input_value() == "100"
    group.get_by_role("textbox", name="Delete: more than … %").fill("20")
    named.fill("COUNTRY")
    page.get_by_text("It has its limits already.").wait_for()
    named.fill("")
    named.press("Escape")
    page.get_by_role("option").first.wait_for(state="hidden")
    tab.check_axe()
    tab.shoot("rule-groups")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Not saved yet").wait_for(state="detached")
    kept = world.store.configuration().rules["staff"].guards
    assert list(kept.by) == ["country"]
    assert (kept.by["country"].delete.percent, kept.by["country"].update) == (20, None)

    page.get_by_role("button", name="Remove the limits for each country").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Not saved yet").wait_for(state="detached")
    assert world.store.configuration().rules["staff"].guards.by == {}
    assert "by:" not in world.store.kept.text()

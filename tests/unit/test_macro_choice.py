"""What can be named in a text with macros: by place, by part, and never a password."""

import pytest

from keepstep.core.directory_schema import users_schema
from keepstep.core.macro_choice import MacroPart, MacroPlace, NameGroup, choosable, unknown_of, where_of
from keepstep.core.macro_context import MacroContext
from keepstep.core.macro_names import FAMILIES, Where, misplaced

CONTEXT = MacroContext(variables={"office": "Zagreb"})


def names(place, part=MacroPart.BODY, schema=None, secrets=("hr-key",)):
    found = choosable(place, where_of(place, part), schema, CONTEXT, secrets)
    return {one.name: one for one in found}


@pytest.mark.parametrize("place", list(MacroPlace))
@pytest.mark.parametrize("part", list(MacroPart))
def test_nothing_is_offered_that_the_language_refuses_there(place, part):
    where = where_of(place, part)
    assert not [name for name in names(place, part) if misplaced(name, where)]


def test_every_family_is_offered_somewhere():
    offered = {name.partition(".")[0] for place in MacroPlace for name in names(place)}
    assert {family.name.partition(".")[0] for family in FAMILIES} <= offered


def test_variables_and_secrets_are_named_one_by_one_and_no_secret_is_shown():
    found = names(MacroPlace.WEBHOOK)
    assert (found["env.office"].group, found["env.office"].example) == (NameGroup.VARIABLE, "Zagreb")
    assert (found["secret.hr-key"].group, found["secret.hr-key"].example) == (NameGroup.SECRET, "")
    assert "env.NAME" not in found


def test_attributes_come_first_and_passwords_are_never_among_them():
    found = list(names(MacroPlace.WEBHOOK, schema=users_schema()).values())
    assert found[0].group is NameGroup.ATTRIBUTE
    assert not [one for one in found if one.name.casefold() in {"unicodepwd", "userpassword"}]


def test_a_reading_endpoint_knows_no_subject_and_no_operator():
    found = names(MacroPlace.ENDPOINT)
    assert {"now", "run.id", "key"} <= set(found)
    assert not {"call.id", "run.operator", "subject.name", "with.NAME"} & set(found)


def test_what_nobody_offers_is_told_with_the_nearest_name_and_a_pattern_stands_for_its_family():
    known = names(MacroPlace.WEBHOOK, schema=users_schema()).values()
    (told,) = unknown_of(["giveName", "GIVENNAME", "with.anything", "blocks.a.id"], known)
    assert "giveName" in told
    assert 'did you mean "givenName"' in told


def test_places_without_parts_have_one_where():
    assert {where_of(MacroPlace.MAPPING, part) for part in MacroPart} == {Where.ROW}
    assert {where_of(MacroPlace.NOTIFICATION, part) for part in MacroPart} == {Where.BLOCK}

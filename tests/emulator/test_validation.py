"""What a person may hold (reference section 3.2, section 11 line 4)."""

import pytest

from tests.emulator.door import CONTACTS, PERSONS, Door, email, opened, phone


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("externalId", "x" * 257),
        ("firstName", "x" * 256),
        ("middleName", "x" * 51),
        ("address", "x" * 257),
        ("city", "x" * 51),
        ("country", 7),
        ("gender", "male"),
        ("type", "AGENT"),
        ("birthDate", "2001-02-30"),
        ("birthDate", "20010203"),
        ("preferredLanguage", "english"),
        ("profilePicture", "ftp://example.org/x.png"),
        ("tags", "Staff"),
        ("tags", [1]),
        ("tags", ["x" * 257]),
        ("customAttributes", []),
        ("contactInformation", []),
    ],
)
async def test_a_wrong_value_is_400_and_names_its_field(door: Door, name: str, value: object):
    answer = await door.call("POST", PERSONS, {"externalId": "g1", name: value})
    assert (answer.status, answer.message_id) == (400, "BAD_REQUEST")
    assert any(path.startswith(name) for path in answer.problems)
    assert door.emulator.count == 0


@pytest.mark.parametrize("character", [*list('&<>"/\\:(){}=;#'), "\r", "\n"])
async def test_names_refuse_forbidden_characters(door: Door, character: str):
    for name in ("firstName", "lastName", "middleName"):
        assert (await door.call("POST", PERSONS, {"externalId": "g1", name: f"a{character}b"})).status == 400


async def test_names_take_any_character_when_the_rule_is_off():
    async with opened("forbidden_name_characters=off") as door:
        person = await door.create(externalId="g1", firstName="{{7*7}} *)(uid=*", lastName='O"\\\r\n<王>')
        assert (person["firstName"], person["lastName"]) == ("{{7*7}} *)(uid=*", 'O"\\\r\n<王>')


@pytest.mark.parametrize("number", ["123456", "1" * 16, "44 1632", "abc", "", "١٢٣٤٥٦٧"])
async def test_a_phone_is_7_to_15_digits(door: Door, number: str):
    answer = await door.call("POST", PERSONS, {"externalId": "g1", "contactInformation": phone(number)})
    assert answer.problems.keys() == {"contactInformation.phone[0].number"}


@pytest.mark.parametrize(("rule", "stored"), [("strip", "999100000001"), ("keep", "+999100000001"), ("refuse", None)])
async def test_the_plus_of_a_phone_follows_its_rule(rule: str, stored: str | None):
    async with opened(f"phone_plus={rule}") as door:
        answer = await door.call("POST", PERSONS, {"contactInformation": phone("+999100000001")})
        assert answer.status == (200 if stored else 400)
        if stored:
            assert answer.body["contactInformation"] == phone(stored)


@pytest.mark.parametrize(
    "address", ["nobody", "a@b", "a b@example.org", "@example.org", "a@@example.org", "x" * 255 + "@e.org"]
)
async def test_an_email_must_look_like_one(door: Door, address: str):
    answer = await door.call("POST", PERSONS, {"contactInformation": email(address)})
    assert answer.problems == {"contactInformation.email[0].address": ["Email address is invalid"]}


async def test_emails_keep_their_case_or_lose_it_by_rule():
    async with opened("email_case=lower") as door:
        person = await door.create(contactInformation=email("Mira@Example.org"))
        assert person["contactInformation"] == email("mira@example.org")


async def test_a_person_needs_a_phone_an_email_or_an_external_id():
    async with opened() as door:
        assert (await door.call("POST", PERSONS, {"firstName": "Mira"})).status == 400
        await door.create(contactInformation=email("a@example.org"))
        query = {"type": "EMAIL", "identifier": "a@example.org"}
        assert (await door.call("DELETE", CONTACTS, email("a@example.org"), query=query)).status == 400
        assert (await door.get("EMAIL", "a@example.org")).status == 200
    async with opened("contact_required=off") as door:
        await door.create(firstName="Mira")


async def test_more_than_100_contacts_are_refused_at_once_and_by_appending(door: Door):
    many = email(*[f"a{n}@example.org" for n in range(101)])
    assert (await door.call("POST", PERSONS, {"externalId": "g1", "contactInformation": many})).status == 400
    await door.create(externalId="g1", contactInformation={"email": many["email"][:100]})
    query = {"type": "EXTERNAL_ID", "identifier": "g1"}
    assert (await door.call("PATCH", CONTACTS, email("b@example.org"), query=query)).status == 400


@pytest.mark.parametrize(("rule", "city"), [("clear", None), ("ignore", "Zadar")])
async def test_null_follows_its_rule(rule: str, city: str | None):
    async with opened(f"null_value={rule}") as door:
        await door.create(externalId="g1", city="Zadar")
        query = {"type": "EXTERNAL_ID", "identifier": "g1"}
        assert (await door.call("PATCH", PERSONS, {"city": None}, query=query)).body.get("city") == city


@pytest.mark.parametrize(("rule", "city"), [("clear", None), ("store", "")])
async def test_an_empty_text_follows_its_rule(rule: str, city: str | None):
    async with opened(f"empty_text={rule}") as door:
        await door.create(externalId="g1", city="Zadar")
        query = {"type": "EXTERNAL_ID", "identifier": "g1"}
        assert (await door.call("PATCH", PERSONS, {"city": ""}, query=query)).body.get("city") == city


@pytest.mark.parametrize(("rule", "body"), [("null_value=refuse", {"city": None}), ("empty_text=refuse", {"city": ""})])
async def test_null_and_empty_can_be_refused(rule: str, body: dict):
    async with opened(rule) as door:
        assert (await door.call("POST", PERSONS, {"externalId": "g1", **body})).status == 400


async def test_unknown_properties_are_ignored_or_refused_by_rule():
    body = {"externalId": "g1", "shoeSize": 9}
    async with opened() as door:
        assert "shoeSize" not in await door.create(**body)
    async with opened("unknown_property=refuse") as door:
        assert (await door.call("POST", PERSONS, body)).problems == {"shoeSize": ["Unknown property"]}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("STRING", "x", 1),
        ("STRING", "x" * 4096, "x" * 4097),
        ("INTEGER", 2**63 - 1, 2**63),
        ("INTEGER", 4, True),
        ("INTEGER", 4, 4.5),
        ("DECIMAL", 4.5, "4.5"),
        ("BOOLEAN", False, 0),
        ("DATE", "2026-02-28", "2026-02-30"),
        ("DATE_TIME", "2026-02-28T10:00:00Z", "2026-02-28"),
        ("LIST_OF_OBJECTS", [{"make": "X"}], [{"color": "red"}]),
        ("LIST_OF_OBJECTS", [], {"make": "X"}),
        ("LIST_OF_OBJECTS", [{"make": None}], [{"make": 3}]),
    ],
)
async def test_a_custom_attribute_must_have_its_type(door: Door, kind: str, good: object, bad: object):
    door.emulator.define_attribute("Field", kind, {"make": "STRING"} if kind == "LIST_OF_OBJECTS" else None)
    answer = await door.call("POST", PERSONS, {"externalId": "g1", "customAttributes": {"Field": bad}})
    assert answer.problems.keys() == {"customAttributes.Field"}
    person = await door.create(externalId="g1", customAttributes={"Field": good})
    assert person["customAttributes"] == {"Field": good}


async def test_null_clears_one_custom_attribute(door: Door):
    door.emulator.define_attribute("A")
    door.emulator.define_attribute("B")
    await door.create(externalId="g1", customAttributes={"A": "1", "B": "2"})
    query = {"type": "EXTERNAL_ID", "identifier": "g1"}
    after = await door.call("PATCH", PERSONS, {"customAttributes": {"A": None}}, query=query)
    assert after.body["customAttributes"] == {"B": "2"}


async def test_an_undefined_custom_attribute_follows_its_rule():
    body = {"externalId": "g1", "customAttributes": {"Shoe": 9}}
    async with opened() as door:
        answer = await door.call("POST", PERSONS, body)
        assert answer.problems == {"customAttributes.Shoe": ["Custom attribute Shoe does not exist"]}
    async with opened("undefined_attribute=ignore") as door:
        assert "customAttributes" not in await door.create(**body)
    async with opened("undefined_attribute=create") as door:
        assert (await door.create(**body))["customAttributes"] == {"Shoe": 9}
        assert (await door.call("GET", "/people/2/customAttributes/shoe")).body["dataType"] == "INTEGER"


async def test_an_undefined_tag_is_created_or_refused_by_rule():
    async with opened() as door:
        await door.create(externalId="g1", tags=["New"])
        assert (await door.call("GET", "/people/2/tags/new")).body["name"] == "New"
    async with opened("undefined_tag=refuse") as door:
        assert (await door.call("POST", PERSONS, {"externalId": "g1", "tags": ["New"]})).problems == {
            "tags[0]": ["Tag New does not exist"]
        }

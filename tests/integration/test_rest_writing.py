import pytest

from keepstep.core.effect import Absent, Conflict, Done, Effect, NotSent, Refused, Unknown
from keepstep.core.plan import Action, ActionKind, Delta
from keepstep.core.situation import Situation
from keepstep.core.values import NativeKey
from keepstep.errors import ConnectionLost, RightMissing
from tests.integration.rest_world import connect, creation, deletion, one, query, update, world

MIRA = one(externalId="mira", firstName="Mira", email="mira@example.org", phone="441632960123")


async def apply(connector, *effects):
    return await connector.apply("persons", effects)


async def record(connector, key, *attributes):
    return (await connector.fetch(query(*attributes), [key]))[key].attributes


def sent(emulator, *operations):
    return [request for request in emulator.requests() if request["operation"] in operations]


@pytest.mark.parametrize(
    "held",
    [
        {"externalId": "MINE", "email": "mira@example.org"},
        {"email": "MIRA@EXAMPLE.ORG"},
        {"externalId": "mira"},
        {"phone": "+44 1632 960123"},
    ],
)
async def test_a_create_never_takes_over_who_holds_one_of_its_identifiers(held):
    async with world() as (emulator, connector):
        (first,) = await apply(connector, creation(MIRA))
        before = emulator.dump()
        (outcome,) = await apply(connector, creation(one(firstName="Other", **held)))
        assert isinstance(outcome, Conflict)
        assert first.key in outcome.reason
        assert "example" not in outcome.reason
        assert emulator.dump() == before
        assert len(sent(emulator, "upsert_patch")) == 1


async def test_two_creates_of_one_batch_with_the_same_identifier_make_one_person():
    async with world() as (emulator, connector):
        outcomes = await apply(connector, creation(MIRA), creation({**MIRA, "externalId": ("other",)}))
        assert isinstance(outcomes[0], Done)
        assert isinstance(outcomes[1], Conflict)
        assert emulator.count == 1


async def test_a_create_that_begins_again_finishes_the_same_person():
    async with world() as (emulator, connector):
        (begun,) = await apply(connector, creation(one(externalId="mira")))
        (outcome,) = await apply(connector, creation({**MIRA, **one(tags=["Staff"])}, target=begun.key))
        assert outcome == Done(begun.key)
        assert emulator.count == 1
        assert (await record(connector, begun.key))["email"] == ("mira@example.org",)


async def test_definitions_and_tags_are_made_before_the_person_that_carries_them():
    async with world("undefined_attribute=refuse", "undefined_tag=refuse") as (emulator, connector):
        (outcome,) = await apply(
            connector, creation({**MIRA, "customAttributes.Grade": ("A",), "tags": ("Evening", "Zagreb")})
        )
        assert isinstance(outcome, Done)
        order = [request["operation"] for request in emulator.requests()]
        assert order.index("create_attribute") < order.index("upsert_patch")
        assert order.index("create_tag") < order.index("upsert_patch")
        await apply(connector, creation({**one(externalId="two", tags=["evening"]), "customAttributes.Grade": ("B",)}))
        assert len(sent(emulator, "create_attribute")) == 1
        assert len(sent(emulator, "create_tag")) == 2


async def test_values_go_out_in_the_type_that_the_attribute_was_defined_with():
    async with world("wrong_attribute_type=refuse") as (emulator, connector):
        for name, kind in (("Level", "INTEGER"), ("Rate", "DECIMAL"), ("Remote", "BOOLEAN")):
            emulator.define_attribute(name, kind)
        good = {
            "customAttributes.Level": ("7",),
            "customAttributes.Rate": ("1.50",),
            "customAttributes.Remote": ("true",),
        }
        (outcome,) = await apply(connector, creation({**MIRA, **good}))
        assert emulator.person("ID", outcome.key)["customAttributes"] == {"Level": 7, "Rate": 1.5, "Remote": True}
        for name, text in (("Level", "0007"), ("Rate", "1,5"), ("Remote", "ja")):
            (outcome,) = await apply(connector, creation({**one(externalId=name), f"customAttributes.{name}": (text,)}))
            assert isinstance(outcome, Refused)
            assert name in outcome.reason
            assert text not in outcome.reason


async def test_an_attribute_spelled_otherwise_there_is_refused_with_its_spelling():
    async with world() as (emulator, connector):
        emulator.define_attribute("DEPARTMENT", "STRING")
        emulator.define_attribute("Jobs", "LIST_OF_OBJECTS")
        (outcome,) = await apply(connector, creation({**MIRA, **one(Department="Audit")}))
        assert isinstance(outcome, Refused)
        assert "DEPARTMENT" in outcome.reason
        (outcome,) = await apply(connector, creation({**MIRA, "customAttributes.Jobs": ("x",)}))
        assert isinstance(outcome, Refused)
        assert emulator.count == 0


@pytest.mark.parametrize("clearing", ["null", "replace"])
async def test_a_changed_mail_replaces_the_old_one_and_leaves_everything_else(clearing):
    async with world("null_value=ignore" if clearing == "replace" else "null_value=clear", preset=preset(clearing)) as (
        emulator,
        connector,
    ):
        (made,) = await apply(
            connector, creation({**MIRA, **one(city="Rijeka", tags=["Staff", "Keep"], Department="Audit")})
        )
        emulator.edit("ID", made.key, {"address": "Obala 1"})
        change = update(
            made.key,
            one(email="new@example.org", city=[], lastName="Kovač", tags=["Keep"], Department=[]),
            one(email="mira@example.org", city="Rijeka", tags=["Staff", "Keep"], Department="Audit"),
        )
        assert await apply(connector, change) == [Done(made.key)]
        held = await record(
            connector,
            made.key,
            "email",
            "phone",
            "city",
            "address",
            "firstName",
            "lastName",
            "tags",
            "customAttributes.Department",
        )
        assert held == one(
            email="new@example.org",
            phone="441632960123",
            address="Obala 1",
            firstName="Mira",
            lastName="Kovač",
            tags=["Keep"],
        )


def preset(clearing):
    from keepstep.connectors.rest.preset import load_preset
    from keepstep.core.application import ApplicationSpec

    tree = load_preset("infobip").model_dump(by_alias=True)
    tree["objects"]["persons"]["clearing"] = clearing
    return ApplicationSpec.model_validate(tree)


async def test_an_added_contact_needs_no_call_of_its_own():
    async with world() as (emulator, connector):
        (made,) = await apply(connector, creation(MIRA))
        change = update(made.key, one(email=["mira@example.org", "second@example.org"]), one(email="mira@example.org"))
        assert await apply(connector, change) == [Done(made.key)]
        assert (await record(connector, made.key, "email"))["email"] == ("mira@example.org", "second@example.org")
        assert not sent(emulator, "put_contacts")


async def test_removing_the_last_mail_keeps_the_phone():
    async with world() as (_, connector):
        (made,) = await apply(connector, creation(MIRA))
        assert await apply(connector, update(made.key, one(email=[]), one(email="mira@example.org"))) == [
            Done(made.key)
        ]
        assert await record(connector, made.key, "email", "phone") == one(phone="441632960123")


async def test_a_mail_of_somebody_else_is_a_conflict_and_nothing_of_the_update_is_done():
    async with world() as (emulator, connector):
        made, other = await apply(connector, creation(MIRA), creation(one(externalId="ivo", email="ivo@example.org")))
        before = emulator.dump()
        (outcome,) = await apply(
            connector,
            update(made.key, one(email="ivo@example.org", city="Split"), one(email="mira@example.org", city=[])),
        )
        assert isinstance(outcome, Conflict)
        assert "ivo" not in outcome.reason
        assert emulator.dump() == before
        assert isinstance(other, Done)


async def test_an_update_reaches_the_person_by_id_after_its_external_id_moved():
    async with world() as (emulator, connector):
        (made,) = await apply(connector, creation(MIRA))
        emulator.edit("ID", made.key, {"externalId": "renamed"})
        stranger = emulator.create({"externalId": "mira", "firstName": "Stranger"})
        assert await apply(connector, update(made.key, one(city="Split"))) == [Done(made.key)]
        assert "city" not in emulator.person("ID", str(stranger))


async def test_an_update_of_a_person_who_is_gone_makes_nobody():
    async with world() as (emulator, connector):
        outcomes = await apply(
            connector,
            update("424242", one(city="Split")),
            update("424243", one(email="a@example.org"), one(email="b@example.org")),
        )
        assert outcomes == [Absent(), Absent()]
        assert emulator.count == 0


@pytest.mark.parametrize("fault", ["drop-after-commit", "500", "502", "drop-before"])
@pytest.mark.parametrize("kind", ["create", "update", "contacts", "delete"])
async def test_a_write_whose_answer_is_lost_is_unknown_and_is_not_sent_again(fault, kind):
    async with world() as (emulator, connector):
        (made,) = await apply(connector, creation(MIRA))
        operation, effect = {
            "create": ("upsert_patch", creation(one(externalId="new"))),
            "update": ("update_batch", update(made.key, one(city="Split"))),
            "contacts": ("put_contacts", update(made.key, one(email="n@example.org", phone="441632960999"), MIRA)),
            "delete": ("delete_batch", deletion(made.key)),
        }[kind]
        emulator.add_fault(f"{fault}:times=0,operation={operation}")
        count = len(sent(emulator, operation))
        (outcome,) = await apply(connector, effect)
        assert isinstance(outcome, Unknown)
        assert len(sent(emulator, operation)) == count + 1


async def test_a_write_refused_as_too_many_is_sent_again():
    async with world(faults=["429-burst:times=1,operation=upsert_patch"]) as (emulator, connector):
        (outcome,) = await apply(connector, creation(MIRA))
        assert isinstance(outcome, Done)
        assert [request["status"] for request in sent(emulator, "upsert_patch")] == [429, 207]


@pytest.mark.parametrize("fault", ["error-in-200", "html-200"])
async def test_an_answer_that_says_nothing_leaves_the_write_unknown(fault):
    async with world() as (emulator, connector):
        (made,) = await apply(connector, creation(MIRA))
        for operation, effect in (
            ("upsert_patch", creation(one(externalId="n"))),
            ("delete_batch", deletion(made.key)),
            ("update_batch", update(made.key, one(city="Split"))),
        ):
            emulator.add_fault(f"{fault}:operation={operation}")
            (outcome,) = await apply(connector, effect)
            assert isinstance(outcome, Unknown)


async def test_every_item_of_a_batch_answer_is_read():
    async with world(
        faults=["item-errors:items=2,operation=upsert_patch", "item-errors:items=1,operation=delete_batch"]
    ) as (emulator, connector):
        outcomes = await apply(connector, *(creation(one(externalId=f"p{n}")) for n in range(5)))
        assert [type(outcome) for outcome in outcomes] == [Unknown, Unknown, Done, Done, Done]
        keys = [outcome.key for outcome in outcomes[2:]]
        deleted = await apply(connector, *map(deletion, keys), deletion(NativeKey("999999999")))
        assert [type(outcome) for outcome in deleted] == [Unknown, Done, Done, Absent]
        assert emulator.count == 1


async def test_invalid_items_are_refused_by_themselves():
    async with world() as (_, connector):
        outcomes = await apply(
            connector,
            creation(one(externalId="a", email="no-mail")),
            creation(one(externalId="b")),
            creation(one(externalId="c", phone="12")),
        )
        assert [type(outcome) for outcome in outcomes] == [Refused, Done, Refused]
        assert "no-mail" not in outcomes[0].reason


async def test_large_works_go_out_in_batches_of_a_thousand():
    async with world() as (emulator, connector):
        outcomes = await apply(connector, *(creation(one(externalId=f"p{n}", firstName="Ana")) for n in range(2345)))
        assert all(isinstance(outcome, Done) for outcome in outcomes)
        assert len(sent(emulator, "upsert_patch")) == 3
        keys = [outcome.key for outcome in outcomes]
        assert len(set(keys)) == 2345
        assert [emulator.person("ID", keys[n])["externalId"] for n in (0, 999, 1000, 2344)] == [
            "p0",
            "p999",
            "p1000",
            "p2344",
        ]


@pytest.mark.slow
async def test_what_comes_after_a_failure_in_the_middle_is_not_sent():
    async with world() as (emulator, connector):
        emulator.add_fault("429-burst:after=1,times=0,operation=upsert_patch")
        outcomes = await apply(connector, *(creation(one(externalId=f"p{n}")) for n in range(1001)))
        assert all(isinstance(outcome, Done) for outcome in outcomes[:1000])
        assert isinstance(outcomes[1000], NotSent)


async def test_a_missing_right_is_raised_when_nothing_was_done():
    reader = {"type": "api_key", "key": {"secret": "reader"}}
    async with world(people=1, authorization=reader) as (emulator, connector):
        before = emulator.dump()
        with pytest.raises(RightMissing):
            await apply(connector, creation(MIRA))
        assert emulator.dump() == before


async def test_an_application_that_is_away_is_an_error_before_anything_is_sent(unused_tcp_port):
    connector = connect(f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(ConnectionLost):
        await apply(connector, deletion("1"))
    await connector.close()


async def test_what_the_schema_refuses_is_not_sent():
    async with world() as (emulator, connector):
        effects = [
            creation({**MIRA, "firstName": ("A" * 256,)}),
            creation({**MIRA, "firstName": ("a\nb",)}),
            creation({**MIRA, "gender": ("other",)}),
            creation({**MIRA, "createdAt": ("2026-01-01",)}),
            creation({**MIRA, "departement": ("x",)}),
            creation(one(firstName="Nobody")),
            Effect(key="e", kind=ActionKind.DISABLE, target=NativeKey("1")),
            Effect(key="e", kind=ActionKind.DELETE),
        ]
        outcomes = await apply(connector, *effects)
        assert [type(outcome) for outcome in outcomes] == [Refused] * len(effects)
        assert emulator.requests() == []


async def test_the_cost_counts_the_calls_that_are_then_made():
    async with world() as (emulator, connector):
        made = await apply(
            connector,
            *(
                creation(one(externalId=f"p{n}", email=f"p{n}@example.org", tags=["Old"], Department="x"))
                for n in range(30)
            ),
        )
        wanted = [
            ("email", (f"p{n}@example.org",), (f"q{n}@example.org",))
            if n < 7
            else ("city", None, ("Split",))
            if n < 20
            else ("tags", ("Old",), ())
            for n in range(30)
        ]
        actions = [
            Action(
                id=str(n),
                kind=ActionKind.UPDATE,
                situation=Situation.LINKED,
                name="",
                reason="",
                source_key=None,
                target_key=outcome.key,
                deltas=(Delta(*delta),),
            )
            for n, (outcome, delta) in enumerate(zip(made, wanted, strict=True))
        ]
        cost = connector.cost("persons", actions)
        before = emulator.counters()
        await apply(
            connector,
            *(
                update(action.target_key, {delta.name: delta.after}, {delta.name: delta.before or ()})
                for action in actions
                for delta in action.deltas
            ),
        )
        after = emulator.counters()
        assert cost.calls["set-contacts"] == after["put_contacts"] == 7
        assert cost.calls["get-person"] == after["get_person"] == 7
        assert cost.calls["remove-tag"] == after["untag_people"] == 1
        assert cost.calls["update-persons"] == after["update_batch"] - before.get("update_batch", 0) == 1
        assert cost.seconds > 0


async def test_the_cost_of_creating_and_deleting_is_told_in_batches():
    async with world(pace=0.6) as (_, connector):
        creates = [
            Action(
                id=str(n),
                kind=ActionKind.CREATE,
                situation=Situation.UNMATCHED,
                name="",
                reason="",
                source_key=None,
                target_key=None,
                deltas=(Delta("externalId", None, (str(n),)), Delta("tags", None, ("a",))),
            )
            for n in range(2500)
        ]
        deletes = [
            Action(
                id=f"d{n}",
                kind=ActionKind.DELETE,
                situation=Situation.ORPHANED,
                name="",
                reason="",
                source_key=None,
                target_key=NativeKey(str(n)),
            )
            for n in range(1001)
        ]
        cost = connector.cost("persons", [*creates, *deletes])
        assert dict(cost.calls) == {"match": 3, "upsert-persons": 3, "delete-persons": 2, "list-tags": 1}
        assert cost.seconds == pytest.approx(3 / 9 + 3 / 3 + 2 / 3 + 1 / 3, abs=0.1)
        assert connector.cost("persons", ()).seconds == 0

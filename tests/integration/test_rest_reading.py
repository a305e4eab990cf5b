import pytest

from keepstep.core.values import Completeness, NativeKey
from keepstep.errors import ConfigurationError, ConnectionLost, CredentialsRefused, RightMissing, Throttled
from keepstep.ports import Query
from tests.integration.rest_world import creation, one, query, read, world

LIES = [
    "cut-page:after=1",
    "cut-page:after=1,how=connection,times=0",
    "short-page:after=1",
    "short-page:after=2",
    "repeated-page:after=1",
    "empty-page-midway:after=1",
    "missing-list:after=1",
    "missing-list",
    "error-in-200",
    "error-in-200:after=2",
    "html-200",
    "html-200:after=1",
    "duplicate-person:after=1",
    "shrinking-total",
    "lying-total",
    "lying-total:by=-10",
    "lying-total:by=-2500",
    "empty-page-midway",
    "short-page:times=1,after=1",
    "repeated-page:times=1,after=1",
    "shifting-list",
    "shifting-list:create=1",
    "shifting-list:after=1,create=1",
    "shifting-list:after=2,create=1",
    "shifting-list:after=3,create=1",
    "500:after=1,times=0",
    "503:after=2,times=0,operation=list_persons",
]


async def test_a_list_is_read_whole_and_proven():
    async with world(people=3210) as (emulator, connector):
        records, verdict = await read(connector)
        assert verdict.completeness is Completeness.COMPLETE
        assert verdict.records == len(records) == 3210
        assert verdict.calls == 4 + 3
        assert "3210" in verdict.reason
        assert {key: record.one("externalId") for key, record in records.items()} == {
            str(person["id"]): person.get("externalId", "") for person in emulator.persons()
        }


@pytest.mark.parametrize("people", [0, 1, 999, 1000, 1001, 2000])
async def test_every_size_of_list_is_proven_complete(people):
    async with world(people=people) as (_, connector):
        records, verdict = await read(connector, "firstName")
        assert verdict.complete, verdict.reason
        assert len(records) == people


@pytest.mark.parametrize("fault", LIES)
async def test_a_list_that_lies_is_never_taken_for_complete(fault):
    async with world(people=3210, faults=[fault]) as (_, connector):
        _, verdict = await read(connector)
        assert not verdict.complete
        assert verdict.reason


@pytest.mark.parametrize(
    "fault", ["500:times=2", "503:after=2,times=2", "drop-before:after=1", "429-burst:times=2", "slow-drip"]
)
async def test_a_passing_fault_is_overcome(fault):
    async with world(people=2500, faults=[fault]) as (_, connector):
        records, verdict = await read(connector)
        assert verdict.complete, verdict.reason
        assert len(records) == 2500


async def test_a_connection_that_breaks_off_a_page_is_asked_again():
    async with world(people=1500, faults=["cut-page:how=connection"]) as (_, connector):
        _, verdict = await read(connector)
        assert verdict.complete


async def test_persons_added_meanwhile_are_seen_when_they_stand_at_the_end():
    async with world(people=2500) as (emulator, connector):
        added = []

        def sink(records):
            if not added:
                added.append(emulator.create({"externalId": "late", "firstName": "Late"}))

        verdict = await connector.read(query("externalId"), sink)
        assert verdict.complete
        assert verdict.records == 2501
        assert "2500 when the read began" in verdict.reason


async def test_a_person_deleted_meanwhile_makes_the_read_unproven():
    async with world(people=2500) as (emulator, connector):
        gone = []

        def sink(records):
            if not gone:
                gone.append(emulator.delete("ID", records[0].key))

        verdict = await connector.read(query("externalId"), sink)
        assert verdict.completeness is Completeness.PARTIAL


async def test_a_list_without_its_envelope_proves_nothing():
    async with world("list_envelope=bare", people=1500) as (_, connector):
        records, verdict = await read(connector)
        assert len(records) == 1500
        assert verdict.completeness is Completeness.PARTIAL


async def test_a_system_that_fails_from_the_start_is_an_error():
    async with world(people=10, faults=["500:times=0"]) as (_, connector):
        with pytest.raises(ConnectionLost):
            await read(connector)


@pytest.mark.slow
async def test_a_system_that_goes_on_refusing_is_an_error():
    async with world(people=10, faults=["429-burst:times=0"]) as (_, connector):
        with pytest.raises(Throttled):
            await read(connector)


async def test_wrong_credentials_are_named_and_not_shown():
    wrong = {"type": "basic", "username": "keepstep", "password": {"secret": "wrong"}}
    async with world(authorization=wrong) as (_, connector):
        with pytest.raises(CredentialsRefused) as caught:
            await read(connector)
        assert "not-this-one" not in f"{caught.value} {caught.value.hint}"


async def test_a_missing_right_is_an_error():
    from keepstep.emulator import Credentials, Emulator, running
    from tests.integration.rest_world import connect

    emulator = Emulator(credentials=Credentials(scopes=frozenset({"sms:manage"})))
    async with running(emulator) as url:
        connector = connect(url)
        with pytest.raises(RightMissing):
            await read(connector)
        await connector.close()


async def test_fetching_gives_what_reading_gives():
    async with world(people=40) as (_, connector):
        records, _ = await read(connector)
        few = list(records)[3:7]
        assert await connector.fetch(query(), few) == {key: records[key] for key in few}
        assert await connector.fetch(query(), [*records, NativeKey("999999999")]) == records
        assert await connector.fetch(query(), []) == {}


async def test_many_are_fetched_from_the_list_and_few_by_themselves():
    async with world(people=1500) as (emulator, connector):
        records, _ = await read(connector)
        before = emulator.counters()
        await connector.fetch(query(), list(records)[:700])
        after = emulator.counters()
        assert after["list_persons"] - before["list_persons"] == 2
        assert after.get("get_person", 0) == 0
        await connector.fetch(query(), list(records)[:5])
        assert emulator.counters()["get_person"] == 5


async def test_what_a_lagging_list_does_not_show_is_asked_for_by_itself():
    async with world(people=30, faults=["stale"]) as (emulator, connector):
        records, _ = await read(connector)
        made = NativeKey(str(emulator.create({"externalId": "fresh", "firstName": "Fresh"})))
        found = await connector.fetch(query(), [*records, made])
        assert found[made].one("externalId") == "fresh"


async def test_finding_is_exact_and_current():
    async with world(people=20, faults=["stale"]) as (emulator, connector):
        key = emulator.create(
            {
                "externalId": "Ex-1",
                "contactInformation": {
                    "email": [{"address": "Mira@Example.org"}],
                    "phone": [{"number": "441632960123"}],
                },
            }
        )
        by_mail = await connector.find(query("externalId"), "email", ["mira@example.ORG"])
        assert [record.key for record in by_mail] == [str(key)]
        assert dict(by_mail[0].attributes) == {"externalId": ("Ex-1",)}
        assert [record.key for record in await connector.find(query(), "phone", ["+44 1632 960123"])] == [str(key)]
        assert await connector.find(query(), "externalId", ["ex-1", "Ex-*"]) == []
        assert [record.key for record in await connector.find(query("city"), "id", [str(key)])] == [str(key)]


async def test_finding_by_any_other_attribute_reads_the_list():
    async with world(people=0) as (emulator, connector):
        emulator.define_attribute("Department", "STRING")
        key = emulator.create({"externalId": "a", "customAttributes": {"Department": "Audit"}})
        emulator.create({"externalId": "b", "customAttributes": {"Department": "Sales"}})
        found = await connector.find(query("externalId"), "customAttributes.Department", ["Audit"])
        assert [record.key for record in found] == [str(key)]


async def test_protected_people_are_marked_by_any_identifier():
    async with world(people=0, protected=["BOSS@example.org", "4420"]) as (emulator, connector):
        boss = str(
            emulator.create({"externalId": "1", "contactInformation": {"email": [{"address": "boss@example.org"}]}})
        )
        phone = str(emulator.create({"externalId": "2", "contactInformation": {"phone": [{"number": "4420712345"}]}}))
        records, _ = await read(connector, "externalId")
        assert records[boss].attributes["protected"]
        assert "protected" not in records[phone].attributes
        assert set(records[phone].attributes) == {"externalId"}
        assert (await connector.fetch(query("externalId"), [boss]))[boss] == records[boss]
        assert (await connector.find(query("externalId"), "externalId", ["1"]))[0] == records[boss]


async def test_typed_attributes_are_read_as_text():
    async with world(people=0) as (emulator, connector):
        for name, kind in (("Level", "INTEGER"), ("Rate", "DECIMAL"), ("Remote", "BOOLEAN"), ("Start", "DATE")):
            emulator.define_attribute(name, kind)
        values = {"Level": 7, "Rate": 1.5, "Remote": True, "Start": "2026-11-23"}
        emulator.create({"externalId": "a", "customAttributes": values})
        records, _ = await read(connector, *(f"customAttributes.{name}" for name in values))
        assert [record.attributes for record in records.values()] == [
            {
                "customAttributes.Level": ("7",),
                "customAttributes.Rate": ("1.5",),
                "customAttributes.Remote": ("true",),
                "customAttributes.Start": ("2026-11-23",),
            }
        ]


async def test_an_unknown_attribute_or_kind_of_object_is_named_with_the_nearest():
    async with world() as (_, connector):
        with pytest.raises(ConfigurationError) as caught:
            await read(connector, "fristName")
        assert "firstName" in caught.value.hint
        with pytest.raises(ConfigurationError):
            await connector.read(Query(objects="agents", attributes=()), [].extend)


async def test_names_from_everywhere_come_back_unharmed():
    texts = ["Žižić", "例 太郎", "O'Neill, Ana", "{{7*7}}", "*)(uid=*", "a\r\nb", "\\u0000", "🙂"]
    async with world("forbidden_name_characters=false", people=0) as (_, connector):
        effects = [creation(one(externalId=f"x-{n}", city=text)) for n, text in enumerate(texts)]
        outcomes = await connector.apply("persons", effects)
        records, _ = await read(connector)
        assert [records[outcome.key].one("city") for outcome in outcomes] == texts

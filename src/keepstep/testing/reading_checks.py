"""What every connector promises about reading."""

from keepstep.core.schema import Case
from keepstep.errors import KeepstepError
from keepstep.testing.subject import Subject, expect


async def check_reports_what_works(subject: Subject) -> None:
    """A good connection has findings, all of them good, for everything it says it can do."""
    findings = await subject.connector.check(subject.connector.capabilities)
    expect(bool(findings), "a check finds something")
    for finding in findings:
        expect(finding.good, f"{finding.subject}: {finding.detail}")
        expect(bool(finding.subject and finding.detail), "a finding has a subject and a detail")


async def check_address_is_stable_and_without_secrets(subject: Subject) -> None:
    """The address tells systems apart and gives nothing away; nor do the findings or the connector's own text."""
    address = subject.connector.address
    expect(bool(address) and address == subject.connector.address, "the address is a fixed text")
    findings = await subject.connector.check(frozenset())
    shown = f"{address} {findings!r} {subject.connector!r}"
    expect(not any(secret in shown for secret in subject.secrets), "a secret is shown")


async def check_schema_knows_all_that_is_read(subject: Subject) -> None:
    """Every attribute that a read returns is in the schema, with as many values as the schema allows."""
    await subject.create("schema")
    schema = await subject.connector.schema(subject.objects)
    expect(schema.objects == subject.objects, "the schema names its objects")
    for record in await subject.read(*subject.new("schema"), subject.unique, subject.modify):
        for name, values in record.attributes.items():
            kind = schema.attribute(name)
            if kind is None:
                raise AssertionError(f'"{name}" is read and not in the schema')
            expect(kind.multi or len(values) <= 1, f'"{name}" has {len(values)} values and is single-valued')


async def check_unknown_objects_are_refused(subject: Subject) -> None:
    """A name of objects that the connection does not have is an error that says so."""
    try:
        await subject.connector.schema("no-such-objects")
    except KeepstepError as refused:
        expect("no-such-objects" in refused.message, "the message names the objects")
    else:
        raise AssertionError("objects that do not exist have a schema")


async def check_read_gives_each_object_once(subject: Subject) -> None:
    """A complete read holds every object exactly once, with no attribute that was not asked for."""
    made = {await subject.create(f"once{number}") for number in range(3)}
    records = await subject.read(subject.unique, subject.modify)
    keys = [record.key for record in records]
    expect(len(keys) == len(set(keys)), "an object was read twice")
    expect(made <= set(keys), "an object that exists was not read")
    for record in records:
        surplus = set(record.attributes) - {subject.unique, subject.modify}
        expect(not surplus, f"attributes nobody asked for: {sorted(surplus)}")


async def check_names_come_spelled_as_asked(subject: Subject) -> None:
    """Where names ignore case, a record uses the spelling of the query."""
    schema = await subject.connector.schema(subject.objects)
    if schema.name_case is Case.EXACT:
        return
    key = await subject.create("spelling")
    record = await subject.record(key, subject.unique.upper())
    expect(set(record.attributes) == {subject.unique.upper()}, "the record uses another spelling than the query")


async def check_fetch_gives_what_read_gives(subject: Subject) -> None:
    """A record that is fetched is the record that is read."""
    await subject.create("form")
    names = (*subject.new("form"), subject.unique)
    records = {record.key: record for record in (await subject.read(*names))[:50]}
    fetched = await subject.connector.fetch(subject.query(*names), list(records))
    expect(fetched == records, "fetch and read give different records")


async def check_fetch_leaves_out_what_is_missing(subject: Subject) -> None:
    """A key of no object is not in the answer, and nothing asked is nothing answered."""
    key = await subject.create("fetch")
    found = await subject.connector.fetch(subject.query(), [subject.unknown, key])
    expect(set(found) == {key}, "fetch gave other objects than those that exist")
    expect(await subject.connector.fetch(subject.query(), []) == {}, "fetch of nothing gave something")


async def check_find_gives_exactly_the_holders(subject: Subject) -> None:
    """`find` returns those who hold a value, in any letter case the schema allows, and nobody else."""
    keys = [await subject.create(f"find{number}") for number in range(2)]
    values = [subject.new(f"find{number}")[subject.unique][0] for number in range(2)]
    query = subject.query()
    found = await subject.connector.find(query, subject.unique, [*values, "nobody-holds-this", "*", "*)(uid=*"])
    expect(sorted(record.key for record in found) == sorted(keys), "find gave other objects than the holders")
    expect(await subject.connector.find(query, subject.unique, []) == [], "find of nothing gave something")
    kind = (await subject.connector.schema(subject.objects)).attribute(subject.unique)
    if kind is not None and kind.case is Case.IGNORE:
        shouted = await subject.connector.find(query, subject.unique, [values[0].upper()])
        expect([record.key for record in shouted] == keys[:1], "find minds letter case that the schema ignores")
    expect(found[0] == await subject.record(found[0].key), "find and fetch give different records")

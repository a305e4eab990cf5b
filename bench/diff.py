"""The plan of a rule between 1,000,000 users and 990,100 persons, 12 attributes, both sides staged on disk."""

import resource
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.harness import Cell, Meter, Options, Report, interleaved, ours, report
from bench.two_sides import PERSON_COLUMNS, USER_COLUMNS, write

USERS = 1_000_000
QUICK_USERS = 2_000
BATCH = 1000

RULE = {
    "source": "corp.users",
    "target": "infobip.persons",
    "mapping": "staff",
    "correlate": [["externalId", "objectGUID"], ["email", "mail"]],
    "reactions": {"source_disabled": "delete"},
}
ROWS = {
    "firstName": "{{ givenName }}",
    "lastName": "{{ sn }}",
    "email": "{{ mail | lower }}",
    "phone": "{{ mobile | digits }}",
    "customAttributes.Department": "{{ department }}",
    "customAttributes.Title": "{{ title }}",
    "customAttributes.Company": "{{ company }}",
    "city": "{{ l }}",
    "country": "{{ co }}",
    "address": "{{ streetAddress }}",
    "customAttributes.Office": "{{ physicalDeliveryOfficeName }}",
    "customAttributes.Number": "{{ employeeNumber }}",
}


def basis():
    """Return the rule with its mapping compiled against the real schemas of both sides."""
    from keepstep.connectors.rest.preset import load_preset
    from keepstep.core.basis import Basis
    from keepstep.core.directory_schema import users_schema
    from keepstep.core.mapping import MappingSpec, compile_mapping
    from keepstep.core.sync_rule import SyncRule

    source, target = users_schema(), load_preset("infobip").objects["persons"].schema_of("persons")
    spec = MappingSpec.model_validate({"into": RULE["target"], "rows": ROWS})
    mapping = compile_mapping(spec, source, target, place="mappings.staff")
    rule = SyncRule.model_validate(RULE)
    return Basis(name="staff", rule=rule, mapping=mapping, source_schema=source, schema=target, digest="bench")


def staged(file: Path, side: str, folder: Path):
    """Return the snapshot of a TSV file, staged page by page as a read does it."""
    from keepstep.core.values import Completeness, Verdict
    from keepstep.store.staging import FileStaging

    stage = FileStaging(folder).open(side)
    count = 0
    for page in pages(file, USER_COLUMNS if side == RULE["source"] else PERSON_COLUMNS):
        count += len(page)
        stage.add(page)
    return stage.seal(Verdict(completeness=Completeness.COMPLETE, reason="all lines", records=count))


def pages(file: Path, columns: tuple[str, ...]) -> Iterator[list]:
    """Yield the records of *file* by the thousand. The key stands first; of users it is an attribute as well."""
    from keepstep.core.values import NativeKey, Record

    users = columns is USER_COLUMNS
    page = []
    with file.open() as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            attributes = {name: (text,) for name, text in zip(columns, fields, strict=True) if text}
            if users:
                attributes["enabled"] = ("true",)
            else:
                del attributes["id"]
            page.append(Record(NativeKey(fields[0]), attributes))
            if len(page) == BATCH:
                yield page
                page = []
    yield page


def plan(*, users: str, persons: str, folder: str, linked: bool) -> None:
    """Assemble the plan, and measure it. *linked*: every pair that an earlier run found is remembered."""
    from keepstep.core.assemble import assemble
    from keepstep.core.basis import Memory

    rule = basis()
    source = staged(Path(users), RULE["source"], Path(folder))
    target = staged(Path(persons), RULE["target"], Path(folder))
    memory = Memory(links=links_of(rule, source, target) if linked else {}, accept_size=True)
    with Meter() as meter:
        made = assemble(rule, source, target, memory)
    kinds = Counter(str(action.kind) for action in made.actions)
    counted = {str(situation): count for situation, count in made.situations.items()}
    got = {"create": kinds["create"], "update": kinds["update"]}
    meter.report(**expected({**got, **{name: counted[name] for name in ("orphaned", "disputed")}}, len(source.records)))


def mapping(*, users: str, folder: str) -> None:
    """Map every user, as the plan does in between."""
    from keepstep.core.mapping import map_record

    rule = basis()
    source = staged(Path(users), RULE["source"], Path(folder))
    with Meter() as reading:
        for _ in source.records:
            pass
    with Meter() as meter:
        for record in source.records:
            map_record(rule.mapping, record)
    meter.sample["cpu"] -= reading.sample["cpu"]
    meter.report()


def staging(*, users: str, persons: str, folder: str) -> None:
    """Stage both sides, less what it takes to make the records of them."""
    with Meter() as making:
        for file, columns in ((users, USER_COLUMNS), (persons, PERSON_COLUMNS)):
            for _ in pages(Path(file), columns):
                pass
    with Meter() as meter:
        source = staged(Path(users), RULE["source"], Path(folder))
        staged(Path(persons), RULE["target"], Path(folder))
    meter.sample["cpu"] -= making.sample["cpu"]
    meter.report(users=len(source.records))


def links_of(rule, source, target):
    """Return the links that a run of the plan would leave behind."""
    from keepstep.core.assemble import assemble
    from keepstep.core.basis import Memory
    from keepstep.core.link import Link

    first = assemble(rule, source, target, Memory(accept_size=True))
    known = {link.source_key: link for link in first.links}
    for action in first.actions:
        if action.source_key and action.target_key:
            known[action.source_key] = Link(action.source_key, action.target_key)
    return known


def expected(got: dict[str, int], users: int) -> dict[str, int]:
    """Return *got*, or fail if the plan is not of the size that was made."""
    near = {"create": users // 50, "update": users * 3 // 100, "orphaned": users // 100, "disputed": users // 10_000}
    for name, wanted in near.items():
        if abs(got[name] - wanted) > wanted * 0.02 + 2:
            raise AssertionError(f"{name}: {got[name]}, expected about {wanted}")
    return got


def floor(*, program: str, users: str, persons: str, folder: str) -> None:
    """Run the C program, and measure it whole."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([program, users, persons, f"{folder}/plan.txt"], check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    *counts, peak = map(int, done.stdout.split())
    got = dict(zip(("create", "update", "orphaned", "disputed"), counts, strict=True))
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report(cpu=used, peak=peak / 1024, found=expected(got, got["create"] * 50))


def run(options: Options) -> Report:
    """Measure it."""
    folder = options.folder
    users, persons = write(folder, QUICK_USERS if options.quick else USERS)
    program = folder / "floor_diff"
    source = Path(__file__).with_name("floor_diff.c")
    subprocess.run(["cc", "-O2", "-o", str(program), str(source)], check=True)
    sides = {"users": str(users), "persons": str(persons), "folder": str(folder)}
    cells: list[Cell] = [
        ours("C, one thread", "diff:floor", program=str(program), **sides),
        ours("first plan", "diff:plan", linked=False, **sides),
        ours("second plan, all linked", "diff:plan", linked=True, **sides),
        ours("of these: mapping", "diff:mapping", users=str(users), folder=str(folder)),
        ours("before these: staging both sides", "diff:staging", **sides),
    ]
    return Report(
        title=f"Diff: {QUICK_USERS if options.quick else USERS:,} users, 12 attributes",
        items=1,
        seconds=True,
        samples=interleaved(cells, options),
        columns=("create", "update", "orphaned", "disputed"),
    )

"""CPU of rendering a body with eight macros (one function, one text of two), and of mapping a record.

Run: .venv/bin/python bench/render.py
Floor: the same body made by hand-written Python and msgspec. Goal: <= 4 us a body, <= 10 us a record.
"""

import time
from collections.abc import Callable

import minijinja
import msgspec

from keepstep.core.macro import Names, compile_macro
from keepstep.core.mapping import MappingSpec, compile_mapping, map_record
from keepstep.core.schema import AttributeType, Normal, Schema
from keepstep.core.values import NativeKey, Record

PERSON = {
    "objectGUID": ("6f0c0001-0000-4000-8000-000000000001",),
    "givenName": ("Ana",),
    "sn": ('O"Neill',),
    "mail": ("Ana.ONeill@corp.example",),
    "mobile": ("385910000001",),
    "department": ("Sales",),
    "l": ("Split",),
    "employeeID": ("0042",),
}
BODY = {
    "externalId": "{{ objectGUID }}",
    "firstName": "{{ givenName }}",
    "lastName": "{{ sn }}",
    "email": "{{ mail | lower }}",
    "phone": "{{ mobile }}",
    "department": "{{ department }}",
    "city": "{{ l }}",
    "display": "{{ givenName }} {{ sn }}",
}
ROUNDS, REPEATS = 50_000, 5


def by_hand(person: dict[str, tuple[str, ...]]) -> bytes:
    return msgspec.json.encode(
        {
            "externalId": person["objectGUID"][0],
            "firstName": person["givenName"][0],
            "lastName": person["sn"][0],
            "email": person["mail"][0].lower(),
            "phone": person["mobile"][0],
            "department": person["department"][0],
            "city": person["l"][0],
            "display": f"{person['givenName'][0]} {person['sn'][0]}",
        }
    )


def ours() -> Callable[[], bytes]:
    names = Names.of(PERSON)
    leaves = [(name, compile_macro(text, names=names, place="bench").render) for name, text in BODY.items()]
    encode = msgspec.json.encode
    return lambda: encode({name: values[0] for name, render in leaves if (values := render(PERSON))})


def engine() -> Callable[[], str]:
    environment = minijinja.Environment(fuel=50_000, undefined_behavior="strict")
    flat = {name: values[0] for name, values in PERSON.items()}
    fields = ", ".join(f'"{name}": {text}' for name, text in BODY.items() if name != "display")
    environment.add_template("body.json", f'{{ {fields}, "display": {{{{ givenName ~ " " ~ sn }}}} }}')
    return lambda: environment.render_template("body.json", **flat)


def record() -> Callable[[], object]:
    source = Schema(objects="users", attributes={name: AttributeType(name=name) for name in PERSON})
    kinds = {name: AttributeType(name=name, max_length=255, normal=Normal.TRIM, forbidden="<>&") for name in BODY}
    spec = MappingSpec.model_validate({"into": "app.persons", "rows": BODY})
    mapping = compile_mapping(spec, source, Schema(objects="persons", attributes=kinds), place="bench")
    one = Record(NativeKey("1"), PERSON)
    return lambda: map_record(mapping, one)


def micros(work: Callable[[], object]) -> float:
    """Return the least CPU of one call over several rounds, in microseconds."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        for _ in range(ROUNDS):
            work()
        best = min(best, time.process_time() - start)
    return best / ROUNDS * 1e6


def main() -> None:
    rendered = ours()
    if msgspec.json.decode(rendered()) != msgspec.json.decode(by_hand(PERSON)):
        raise SystemExit("the bodies differ")
    floor = micros(lambda: by_hand(PERSON))
    print(f"{'':34}{'us CPU':>8}{'x floor':>9}")
    for name, work in (
        ("minijinja, whole body, no checks", engine()),
        ("macros, leaf by leaf", rendered),
        ("a record: eight rows and checks", record()),
    ):
        cost = micros(work)
        print(f"{name:34}{cost:8.2f}{cost / floor:9.1f}")
    print(f"{'floor: by hand':34}{floor:8.2f}{1:9.1f}")


if __name__ == "__main__":
    main()

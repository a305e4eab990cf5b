"""Fictional people, made quickly and the same for the same seed.

Phones use the unassigned country code 999, emails the reserved domains of RFC 2606; nobody real is meant.
"""

import random
from collections.abc import Iterator
from typing import Final, NamedTuple

from keepstep.emulator.clock import stamp
from keepstep.emulator.definitions import Definitions
from keepstep.emulator.people import People

_FIRST: Final = (
    "Mira", "Ivo", "Ana", "Luka", "Petra", "Marko", "Nina", "Davor", "Elena", "Jonas", "Freya", "Mateo",
    "Aisha", "Tomas", "Ingrid", "Pavel", "Sofia", "Omar", "Greta", "Felix", "Yara", "Hugo", "Leila", "Viktor",
    "Zoé", "Søren", "Chloë", "Björn", "Łucja", "Étienne",
)  # fmt: skip
_LAST: Final = (
    "Kovac", "Horvat", "Novak", "Babic", "Marin", "Juric", "Lindqvist", "Okafor", "Moreau", "Silva", "Brandt",
    "Petrov", "Nakamura", "Haddad", "Larsen", "Costa", "Weiss", "Dubois", "Keller", "Rossi", "O'Neill",
    "García", "Müller", "Šimić", "Nowak", "Øster", "Çelik", "Pérez", "Varga", "Ibsen",
)  # fmt: skip
_PLACES: Final = (
    ("Rijeka", "Croatia", "hr"), ("Zadar", "Croatia", "hr"), ("Lyon", "France", "fr"), ("Graz", "Austria", "de"),
    ("Porto", "Portugal", "pt"), ("Malmö", "Sweden", "sv"), ("Cork", "Ireland", "en"), ("Brno", "Czechia", "cs"),
)  # fmt: skip
_DEPARTMENTS: Final = ("Finance", "Sales", "Engineering", "Support", "Operations", "Legal", "Marketing", "People")
_TITLES: Final = ("Specialist", "Analyst", "Manager", "Engineer", "Assistant", "Director", "Consultant", "Coordinator")
_DOMAINS: Final = ("example.org", "example.net", "example.com")
_PLAIN: Final = str.maketrans("éëèøöłçüšćØÉŁÇŠíáß'", "eeeoolcuscoelcsias.")
_FIRST_CREATED: Final = 1_767_600_000  # 2026-01-05T08:00:00Z
ATTRIBUTES: Final = (("Department", "STRING"), ("JobTitle", "STRING"), ("EmployeeId", "STRING"))
TAGS: Final = ("Staff", "Newsletter")


class Population(NamedTuple):
    """How many people, from which seed; `offset` keeps two populations apart."""

    people: int
    seed: int = 1
    offset: int = 0


def fill(people: People, definitions: Definitions, population: Population) -> None:
    """Add the people of *population*, with the attributes and tags they use; quick enough for a million."""
    if population.people == 0:
        return
    now = stamp(_FIRST_CREATED)
    for name, data_type in ATTRIBUTES:
        if definitions.attribute(name) is None:
            definitions.define_attribute(name, data_type, now, {})
    for name in TAGS:
        definitions.define_tag(name, now)
    with people.lock:
        for kept, person_id, keys in _made(people, population):
            people.load(kept, person_id, keys)


def _made(people: People, population: Population) -> Iterator[tuple[bytes, int, tuple[str, str, str]]]:
    """Yield kept persons; the text is put together by hand because a million are wanted in seconds."""
    draw = random.Random(f"keepstep {population.seed}")  # noqa: S311 - fiction, not cryptography
    mailboxes = {(first, last): f"{first}.{last}".translate(_PLAIN).lower() for first in _FIRST for last in _LAST}
    domain = _DOMAINS[population.seed % 3]
    hour, hour_text = -1, ""
    for index in range(population.people):
        bits = draw.getrandbits(192)
        number = index + population.offset
        first = _FIRST[bits % 30]
        last = _LAST[(bits >> 8) % 30]
        city, country, language = _PLACES[(bits >> 16) % 8]
        middle = f"{bits >> 144 & 0xFFFF:04x}-4{bits >> 132 & 0xFFF:03x}-a{bits >> 120 & 0xFFF:03x}"
        external = f"{bits >> 160:08x}-{middle}-{number:012x}"
        email = f"{mailboxes[first, last]}.{number}@{domain}"
        phone = f"999{100_000_000 + number}"
        tags = '"Staff","Newsletter"' if bits >> 24 & 3 == 0 else '"Staff"'
        moment = _FIRST_CREATED + number % 20_000_000
        if moment // 3600 != hour:
            hour, hour_text = moment // 3600, stamp(moment)[:14]
        created = f"{hour_text}{moment // 60 % 60:02d}:{moment % 60:02d}"
        person_id = people.new_id()
        kept = (
            f'{{"createdAt":"{created}","modifiedAt":"{created}","id":{person_id},"externalId":"{external}",'
            f'"firstName":"{first}","lastName":"{last}","city":"{city}","country":"{country}",'
            f'"preferredLanguage":"{language}","type":"CUSTOMER","origin":"API","modifiedFrom":"API",'
            f'"tags":[{tags}],"customAttributes":{{"Department":"{_DEPARTMENTS[bits >> 32 & 7]}",'
            f'"JobTitle":"{_TITLES[bits >> 40 & 7]}","EmployeeId":"{100_000 + number}"}},'
            f'"contactInformation":{{"phone":[{{"number":"{phone}"}}],"email":[{{"address":"{email}"}}]}}}}'
        )
        yield kept.encode(), person_id, (external, email, phone)

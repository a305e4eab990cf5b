"""A directory of users and an account of persons as two TSV files: the input of the diff and of its floor."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FIRST = ("Ana", "Bruno", "Chiara", "Dario", "Elif", "Farid", "Gita", "Henrik", "Ivana", "Jonas", "Kaja", "Luka")
LAST = ("Albers", "Babić", "Costa", "Demir", "Eriksen", "Fabian", "Greco", "Horvat", "Ilves", "Jansen", "Kovač")
UNITS = ("Sales", "Engineering", "Finance", "Support", "People", "Legal", "Research")
TOWNS = ("Zagreb", "Split", "Rijeka", "Osijek", "Zadar", "Pula", "Graz", "Trieste", "Maribor")

USER_COLUMNS = (
    "objectGUID", "givenName", "sn", "mail", "mobile", "department", "title", "company", "l", "co", "streetAddress",
    "physicalDeliveryOfficeName", "employeeNumber",
)  # fmt: skip
PERSON_COLUMNS = (
    "id", "externalId", "firstName", "lastName", "email", "phone", "customAttributes.Department",
    "customAttributes.Title", "customAttributes.Company", "city", "country", "address", "customAttributes.Office",
    "customAttributes.Number",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How many users there are, and of those: without a person, changed, with two persons of the same mail.

    *orphans* are persons without a user. 3 % of the persons have no external id, and their mail in other case.
    """

    users: int

    @property
    def creates(self) -> int:
        return self.users // 50

    @property
    def updates(self) -> int:
        return self.users * 3 // 100

    @property
    def orphans(self) -> int:
        return self.users // 100

    @property
    def conflicts(self) -> int:
        return self.users // 10_000


def guid(number: int) -> str:
    """Return the objectGUID of user *number*, well spread."""
    scattered = number * 0x9E3779B97F4A7C15 % 2**64
    return f"{scattered >> 32:08x}-{scattered >> 16 & 0xFFFF:04x}-4{scattered & 0xFFF:03x}-8000-{number:012x}"


def user(number: int) -> list[str]:
    """Return user *number*, in the order of USER_COLUMNS."""
    first, last = FIRST[number % 12], LAST[number // 12 % 11]
    return [
        guid(number), first, f"{last} {number}", f"{first}.{number}@corp.example", f"+385 91 {number:07d}",
        UNITS[number % 7], f"Role {number % 40}", "Example d.o.o.", TOWNS[number % 9], "Croatia",
        f"Long Street {number % 500}", f"Room {number % 900}", f"{number:08d}",
    ]  # fmt: skip


def person(number: int, held: list[str]) -> list[str]:
    """Return the person that is in step with the user *held*, in the order of PERSON_COLUMNS."""
    key, first, last, mail, mobile, *rest = held
    phone = "".join(filter(str.isdigit, mobile))
    unit, title, company, town, country, street, room, employee = rest
    return [
        str(7_000_000 + number), key, first, last, mail.lower(), phone,
        unit, title, company, town, country, street, room, employee,
    ]  # fmt: skip


def persons(shares: Shares) -> Iterator[list[str]]:
    """Yield the persons, in no order of the users."""
    count = shares.users
    stride = 0.6180339887
    step = int(count * stride) | 1
    while _common(count, step) != 1:
        step += 2
    every = count // shares.updates if shares.updates else count
    for place in range(count):
        number = place * step % count
        if number % 50 == 7 and number // 50 < shares.creates:
            continue
        one = person(number, user(number))
        if number % every == 11:
            for change in range(1 + number // every % 3):
                one[6 + (number + change * 3) % 8] += " (old)"
        if number % 100 in {21, 43, 65}:
            one[1] = ""
            one[4] = one[4].upper()
            if number % 100 == 21 and number // 100 % 100 == 0:
                yield [str(9_000_000 + number), *one[1:]]
        yield one
    for number in range(shares.orphans):
        held = user(count + number)
        yield person(count + number, held)


def _common(one: int, other: int) -> int:
    while other:
        one, other = other, one % other
    return one


def write(folder: Path, users: int) -> tuple[Path, Path]:
    """Write both sides as TSV below *folder*, once, and return the files."""
    here, there = folder / f"users-{users}.tsv", folder / f"persons-{users}.tsv"
    shares = Shares(users=users)
    if not there.exists():
        with here.open("w") as out:
            out.writelines("\t".join(user(number)) + "\n" for number in range(users))
        with there.open("w") as out:
            out.writelines("\t".join(one) + "\n" for one in persons(shares))
    return here, there

"""The first password of a new account: how it is made, and whether a domain takes it."""

import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from keepstep.core.macro import compile_macro
from keepstep.core.macro_tree import Names
from keepstep.core.schema import Schema
from keepstep.core.spec import Spec
from keepstep.core.values import Values
from keepstep.errors import MacroError

RANDOM: Final = "random"
RANDOM_DIGITS: Final = "random_digits"
"""What a format may use beside the attributes: letters and digits, and digits alone, new for each account."""

PASSWORD_LENGTH: Final = 24
"""How long a first password is unless the configuration says otherwise."""

_STREAM: Final = 64
_LONGEST: Final = 127
_TRIES: Final = 100
_SPECIALS: Final = "!#$%&()*+,-./:;=?@[]^_{}~"
_AMBIGUOUS: Final = frozenset("0Oo1lI|.,:;")
_COMPLEX: Final = 3
"""Of how many kinds of characters a complex password is, MS-SAMR 3.1.1.7.2."""

Below = Callable[[int], int]
"""Gives a random number from 0 up to, and without, the given one."""

Count = Annotated[int, Field(ge=0, le=_LONGEST)]


class Delivery(StrEnum):
    """What becomes of a first password: nobody learns it, or it is sealed until somebody opens it."""

    NONE = "none"
    SEALED = "sealed"


class PasswordPolicy(Spec):
    """How first passwords are made: at random with so many of each kind at the least, or by a format.

    A kind of which 0 are wanted is not used. *avoid_ambiguous*: without what looks alike on paper.
    """

    length: Annotated[int, Field(ge=12, le=_LONGEST)] = PASSWORD_LENGTH
    lower: Count = 1
    upper: Count = 1
    digits: Count = 1
    specials: Count = 1
    avoid_ambiguous: bool = False
    format: str = ""

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """The characters of each kind that is used, and how many of them there are at the least."""
        counts = (
            (string.ascii_lowercase, self.lower),
            (string.ascii_uppercase, self.upper),
            (string.digits, self.digits),
            (_SPECIALS, self.specials),
        )
        return [(self._plain(characters), count) for characters, count in counts if count]

    def stream(self, characters: str, below: Below) -> str:
        """Return random *characters*, as a format takes its pick of."""
        plain = self._plain(characters)
        return "".join(plain[below(len(plain))] for _ in range(_STREAM))

    def _plain(self, characters: str) -> str:
        return "".join(ch for ch in characters if not (self.avoid_ambiguous and ch in _AMBIGUOUS))


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPolicy:
    """What a domain demands of every password: the shortest length, and whether three kinds of characters."""

    length: int = 0
    complex: bool = False


def faults(policy: PasswordPolicy, place: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with *policy*, which stands at *place*, by itself: the key, and why."""
    counted = policy.lower + policy.upper + policy.digits + policy.specials
    if not policy.format:
        if not counted:
            yield "length", f"{place}: no kind of characters is left: let one of lower, upper, digits, specials be 1"
        elif counted > policy.length:
            yield "length", f"{place}: {policy.length} characters cannot hold the {counted} that the kinds ask for"
        return
    if given := sorted(_changed(policy) - {"format", "avoid_ambiguous"}):
        yield "format", f"{place}.format: a format leaves no room for {', '.join(given)}: take one of the two"
    try:
        macro = compile_macro(policy.format, names=Names((), lambda name: name), place=f"{place}.format")
    except MacroError as exc:
        yield "format", f"{exc.message} ({exc.hint})" if exc.hint else exc.message
        return
    if not {RANDOM, RANDOM_DIGITS} & set(macro.names):
        yield "format", f"{place}.format: who knows the person can guess it: use {{{{ {RANDOM} }}}} in it"


def _changed(policy: PasswordPolicy) -> set[str]:
    return {name for name, info in PasswordPolicy.model_fields.items() if getattr(policy, name) != info.default}


def names_of(schema: Schema) -> Names:
    """Return what a format may use: the attributes of a new account, and what is random."""
    known = Names.of_schema(schema)
    own = {RANDOM, RANDOM_DIGITS}
    return Names((*known.known, *own), lambda name: name if name in own else known.spelling(name))


def unmet(policy: PasswordPolicy, domain: DomainPolicy, names: Names, below: Below) -> str:
    """Return why no password of *policy* is one for *domain*, or the empty text; MacroError for a bad format.

    Of a format that uses attributes, only each account tells.
    """
    if policy.format:
        macro = compile_macro(policy.format, names=names, place="new_accounts.password.format")
        if set(macro.names) - {RANDOM, RANDOM_DIGITS}:
            return ""
        return _made(lambda: _formatted(policy, {}, names, below), domain, ())[1]
    if policy.length < domain.length:
        return _short(policy.length, domain)
    if domain.complex and len(policy.kinds) < _COMPLEX:
        return _plain(len(policy.kinds))
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What of a new account its password depends on: *attributes* for a format, *words* that it may not hold."""

    attributes: Mapping[str, Values]
    words: tuple[str, ...] = ()


def compose_password(
    policy: PasswordPolicy, domain: DomainPolicy, person: Person, *, names: Names, below: Below
) -> str:
    """Return a new password that *domain* takes; ValueError, with the numbers and no value, if there is none.

    A random one never holds a word of the person's names, one by a format only where the domain allows it.
    """
    if policy.format:
        words = _parts(person.words) if domain.complex else ()
        password, fault = _made(lambda: _formatted(policy, person.attributes, names, below), domain, words)
    else:
        password, fault = _made(lambda: _composed(policy, below), domain, _parts(person.words))
    if fault:
        raise ValueError(fault)
    return password


def _made(make: Callable[[], str], domain: DomainPolicy, words: Iterable[str]) -> tuple[str, str]:
    """Return a password that *domain* takes, or else why the last one tried is none."""
    password = fault = ""
    for _ in range(_TRIES):
        try:
            password = make()
        except MacroError as exc:
            return "", exc.message
        fault = _fault(password, domain, words)
        if not fault:
            break
    return password, fault


def _composed(policy: PasswordPolicy, below: Below) -> str:
    kinds = policy.kinds
    chosen = [characters[below(len(characters))] for characters, count in kinds for _ in range(count)]
    everything = "".join(characters for characters, _ in kinds)
    chosen += [everything[below(len(everything))] for _ in range(policy.length - len(chosen))]
    return "".join(chosen.pop(below(len(chosen))) for _ in range(policy.length))


def _formatted(policy: PasswordPolicy, attributes: Mapping[str, Values], names: Names, below: Below) -> str:
    macro = compile_macro(policy.format, names=names, place="new_accounts.password.format")
    given = {names.spelling(name): values for name, values in attributes.items() if names.spelling(name)}
    given[RANDOM] = (policy.stream(string.ascii_letters + string.digits, below),)
    given[RANDOM_DIGITS] = (policy.stream(string.digits, below),)
    return "".join(macro.render(given))


def _fault(password: str, domain: DomainPolicy, words: Iterable[str]) -> str:
    if len(password) < domain.length or not password:
        return _short(len(password), domain)
    if len(password) > _LONGEST:
        return f"new_accounts.password makes {len(password)} characters, and a directory takes {_LONGEST}"
    kinds = sum(any(map(kind, password)) for kind in (str.islower, str.isupper, str.isdecimal, _is_special))
    if domain.complex and kinds < _COMPLEX:
        return _plain(kinds)
    if any(word in password.casefold() for word in words):
        return "new_accounts.password puts a part of the person's name into it, which the domain does not allow"
    return ""


def _is_special(character: str) -> bool:
    return not character.isalnum()


def _short(length: int, domain: DomainPolicy) -> str:
    return (
        f"new_accounts.password makes {length} characters, and the domain wants {max(domain.length, 1)} (minPwdLength)"
    )


def _plain(kinds: int) -> str:
    return (
        f"new_accounts.password uses {kinds} kinds of characters, and the domain wants {_COMPLEX} "
        "(complexity, pwdProperties)"
    )


def _parts(words: Iterable[str]) -> tuple[str, ...]:
    """Return what of names a password may not hold: each part of three characters or more."""
    found: list[str] = []
    for text in words:
        parts = "".join(ch if ch.isalnum() else " " for ch in text).split()
        found += [part.casefold() for part in (*parts, text) if len(part) >= 3]
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPassword:
    """A first password that nobody has opened yet, without the password."""

    connection: str
    account: str
    since: datetime
    until: datetime

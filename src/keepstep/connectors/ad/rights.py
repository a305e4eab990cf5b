"""Which rights the service account lacks, by name, and the command that grants each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from keepstep.connectors.ldap_session.results import Answer, Kind, meaning, outcome_of
from keepstep.connectors.ldap_session.session import Session
from keepstep.core.effect import Outcome, Refused
from keepstep.core.plan import ActionKind
from keepstep.ports import Finding

_EFFECTIVE: Final = "allowedAttributesEffective"
_CHILDREN: Final = "allowedChildClassesEffective"

_MENDED_BY: Final = "grant it: `keepstep connection check` shows the command"
PASSWORD_RIGHT: Final = "reset password"  # noqa: S105 - the name of a right


@dataclass(frozen=True, slots=True)
class Right:
    """One right: what it is called, on which objects, and how dsacls writes it."""

    name: str
    on: str
    grant: str

    def __str__(self) -> str:
        """Return the right as it stands in a sentence."""
        return f'the right "{self.name}" on {self.on}'


def grant_line(container: str, account: str, rights: Iterable[Right]) -> str:
    """Return the dsacls command that grants *rights* below *container*."""
    grants = " ".join(dict.fromkeys(f'/G "{account}:{right.grant}"' for right in rights))
    return f'dsacls "{container}" /I:T {grants}'


def write_property(name: str, kind: str) -> Right:
    """Return the right to write one attribute of objects of class *kind*."""
    return Right(f"write property {name}", f"{kind} objects", f"RPWP;{name};{kind}")


def create_child(kind: str) -> Right:
    """Return the right to make objects of class *kind* in a container."""
    return Right(f"create {kind} objects", "the container", f"CC;{kind};")


def delete_child(kind: str) -> Right:
    """Return the right to remove objects of class *kind* from a container."""
    return Right(f"delete {kind} objects", "the container", f"DC;{kind};")


def reset_password() -> Right:
    """Return the right to set another account's password."""
    return Right(PASSWORD_RIGHT, "user objects", "CA;Reset Password;user")


def reanimate() -> Right:
    """Return the right to bring deleted objects back."""
    return Right("Reanimate tombstones", "the domain", "CA;Reanimate Tombstones")


async def writable(session: Session, dn: str) -> frozenset[str] | None:
    """Return the attributes of *dn*, lower case, that the account may write; None if the object is not seen."""
    entry = await session.base(dn, (_EFFECTIVE,))
    return None if entry is None else _names(entry.values, _EFFECTIVE)


async def creatable(session: Session, dn: str) -> frozenset[str] | None:
    """Return the classes, lower case, of which the account may make objects in *dn*; None if it is not seen."""
    entry = await session.base(dn, (_CHILDREN,))
    return None if entry is None else _names(entry.values, _CHILDREN)


def _names(values: Mapping[str, Sequence[bytes]], name: str) -> frozenset[str]:
    return frozenset(value.decode().lower() for value in values.get(name.lower(), ()))


async def refusal(session: Session, answer: Answer, doing: str, dn: str, names: Collection[str]) -> Outcome:
    """Return the outcome of a refused modification of *dn*; for a missing right it names the attributes."""
    if meaning(answer).kind is not Kind.RIGHT or not names:
        return outcome_of(answer, doing, names)
    allowed = await writable(session, dn)
    missing = [name for name in names if allowed is not None and name.lower() not in allowed]
    quoted = ", ".join(f'"{name}"' for name in missing or names)
    return Refused(
        f"{doing}: the service account lacks the right to write property {quoted} (LDAP result {answer.code}); "
        f"{_MENDED_BY}",
        lasting=False,
    )


def lacking(answer: Answer, doing: str, right: Right) -> Outcome:
    """Return the outcome of a refused write that needs one *right*."""
    if meaning(answer).kind is Kind.RIGHT:
        reason = f"{doing}: the service account lacks {right} (LDAP result {answer.code}); {_MENDED_BY}"
        return Refused(reason, lasting=False)
    return outcome_of(answer, doing)


def needed(wanted: frozenset[ActionKind]) -> tuple[str, ...]:
    """Return the attributes of a user that *wanted* writes at the least."""
    names: list[str] = []
    if ActionKind.CREATE in wanted:
        names += ["userAccountControl", "pwdLastSet"]
    if wanted & {ActionKind.ENABLE, ActionKind.DISABLE}:
        names.append("userAccountControl")
    if ActionKind.UPDATE in wanted:
        names += ["givenName", "sn", "displayName", "mail", "accountExpires", "lockoutTime"]
    return tuple(dict.fromkeys(names))


def finding(subject: str, missing: Sequence[Right], *, where: str, account: str) -> Finding:
    """Return the finding for a set of rights: good if none of them is *missing*."""
    if not missing:
        return Finding(subject=subject, good=True, detail="granted")
    return Finding(
        subject=subject,
        good=False,
        detail="missing: " + "; ".join(map(str, missing)),
        hint=grant_line(where, account, missing),
    )

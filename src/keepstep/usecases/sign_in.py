"""Sign in with a password and a second factor, prove it again, sign out: the one door for people."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from keepstep.core.audit import AuditNote
from keepstep.core.one_time_code import step_of
from keepstep.core.operator import LONGEST_NAME, Operator, OperatorKind, Session, checked_name, checked_password
from keepstep.core.secret import Secret
from keepstep.core.sign_in import Claimed, Member, SignInSpec, delegated
from keepstep.core.throttle import ADDRESS, HERE, MEMBER, NAME, Pace, Tries, counted_as, network_of
from keepstep.errors import CodeNeeded, NotFound, NotPermitted, NotSignedIn, SignInRefused, TooManyTries, UsageError
from keepstep.ports import Audit, Clock


class Hasher(Protocol):
    """Makes of a password what nothing can be made of again."""

    def hashed(self, password: Secret) -> str:
        """Return the hash of *password*."""
        ...

    def right(self, hashed: str, password: Secret) -> bool:
        """Return whether *hashed* is of *password*; it takes as long for an empty hash, which is of none."""
        ...

    def outdated(self, hashed: str) -> bool:
        """Return whether *hashed* is weaker than one that is made today."""
        ...


class KnownOperators(Protocol):
    """The operators, with what proves who they are."""

    def get(self, name: str) -> Operator:
        """Return the operator called *name*; NotFound if there is none."""
        ...

    def password(self, name: str) -> str:
        """Return the hash of the password of *name*; empty without one."""
        ...

    def set_password(self, name: str, hashed: str, note: AuditNote | None) -> None:
        """Keep *hashed*; with *note*, every session ends."""
        ...

    def code_seed(self, name: str) -> tuple[bytes, int] | None:
        """Return the seed of the second factor of *name* and the last step that was used; None without one."""
        ...

    def use_step(self, name: str, step: int) -> bool:
        """Note that the code of *step* was used; False if it was used before."""
        ...

    def use_recovery_code(self, name: str, code: str, now: datetime) -> bool:
        """Note that a recovery code was used; False if it is none, or was used before."""
        ...

    def signed_in(self, name: str, now: datetime) -> None:
        """Note when *name* signed in last."""
        ...

    def keep_member(self, member: Operator) -> Operator:
        """Keep somebody of a directory as they are now, and return them; what changed is in the audit log."""
        ...


class KeptSessions(Protocol):
    """Sessions and wrong tries."""

    def begin(self, token: Secret, session: Session, note: AuditNote) -> None:
        """Keep a new *session* under *token*."""
        ...

    def find(self, token: Secret) -> Session | None:
        """Return the session of *token*, over or not, or None."""
        ...

    def seen(self, session: Session, now: datetime) -> None:
        """Note that *session* was used."""
        ...

    def prove(self, session: Session, token: Secret, now: datetime, note: AuditNote) -> None:
        """Note that whoever has *session* proved again who they are; it goes on under *token*."""
        ...

    def end(self, operator: str, id_: str, note: AuditNote) -> int:
        """End the session *id_* of *operator*, or all."""
        ...

    def tries(self, keys: list[str]) -> dict[str, Tries]:
        """Return the wrong tries of each of *keys* that has some."""
        ...

    def count_wrong(self, keys: Iterable[str], now: datetime, note: AuditNote | None = None) -> None:
        """Count one more wrong try of each of *keys*, whoever else does at the same moment."""
        ...

    def forgive(self, key: str) -> None:
        """Forget the wrong tries of *key*."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInDesk:
    """What signing in needs of the world. *chance*: gives a text that nobody can guess.

    *member*: asks the directory whom a name and a password prove; None where there is none.
    """

    operators: KnownOperators
    sessions: KeptSessions
    hasher: Hasher
    audit: Audit
    clock: Clock
    chance: Callable[[], str]
    spec: SignInSpec
    member: Callable[[Claimed], Member | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What somebody gives to prove who they are. *code*: of the second factor, or a recovery code."""

    name: str
    password: Secret
    code: str = ""
    origin: str = ""
    agent: str = ""


def sign_in(desk: SignInDesk, proof: Proof) -> tuple[Session, Secret]:
    """Return a new session and its token, which is kept nowhere.

    SignInRefused if something of *proof* is wrong, and not which; CodeNeeded if only the code is missing; TooManyTries
    before anything is looked at, after too many wrong ones.
    """
    operator = _proven(desk, proof)
    way = "password and code" if operator.second_factor else "password"
    return _begun(desk, operator, proof.origin, proof.agent, way)


def sign_in_member(desk: SignInDesk, member: Member, *, origin: str, agent: str) -> tuple[Session, Secret]:
    """Return a new session, and its token, of somebody whom a provider proved; NotPermitted if no group has a role.

    SignInRefused for the name of a local operator, for whom the provider does not speak, and who is switched off.
    """
    operator = _kept_member(desk, member)
    if operator is None or not operator.enabled:
        raise SignInRefused("the provider does not speak for an operator of this name", hint="ask an administrator")
    return _begun(desk, operator, origin, agent, "provider")


def _begun(desk: SignInDesk, operator: Operator, origin: str, agent: str, way: str) -> tuple[Session, Secret]:
    now = desk.clock.now()
    token = Secret(desk.chance())
    session = Session(
        id=desk.chance()[:12],
        operator=operator.name,
        created=now,
        seen=now,
        proven=now,
        origin=origin,
        agent=agent,
    )
    desk.sessions.begin(token, session, _note("sign_in", operator.name, session=session.id, by=way))
    desk.operators.signed_in(operator.name, now)
    return session, token


def prove_again(desk: SignInDesk, session: Session, proof: Proof) -> Secret:
    """Note that whoever has *session* proved again who they are; it goes on under the token that is returned."""
    if proof.name.lower() != session.operator:
        raise SignInRefused("this is somebody else's session", hint="sign out, then sign in")
    operator = _proven(desk, proof)
    token = Secret(desk.chance())
    desk.sessions.prove(session, token, desk.clock.now(), _note("prove_again", operator.name, session=session.id))
    return token


def change_password(desk: SignInDesk, proof: Proof, password: Secret) -> None:
    """Keep *password* for whom *proof* proves; every session of theirs ends. UsageError if it is easy to guess."""
    operator = _proven(desk, proof)
    if operator.kind is OperatorKind.MEMBER:
        raise UsageError("your password is that of the directory", hint="change it there")
    checked_password(password.reveal(), operator.name)
    hashed = desk.hasher.hashed(password)
    desk.operators.set_password(operator.name, hashed, _note("change_password", operator.name))


def session_of(desk: SignInDesk, token: Secret) -> tuple[Session, Operator]:
    """Return the session of *token* and whose it is, and note that it was used. NotSignedIn if its time is over."""
    session, now = desk.sessions.find(token), desk.clock.now()
    if session is None or now >= session.ends(desk.spec.idle_for, desk.spec.lasts):
        raise NotSignedIn("you are not signed in, or no longer", hint="sign in")
    try:
        operator = desk.operators.get(session.operator)
    except NotFound:
        raise NotSignedIn("you are not signed in, or no longer", hint="sign in") from None
    if not operator.enabled:
        raise NotSignedIn("you are not signed in, or no longer", hint="sign in")
    desk.sessions.seen(session, now)
    return session, operator


def sign_out(desk: SignInDesk, session: Session, *, everywhere: bool = False) -> int:
    """End *session*, or every session of whoever has it; return how many ended."""
    id_ = "" if everywhere else session.id
    return desk.sessions.end(session.operator, id_, _note("sign_out", session.operator, session=id_ or "all"))


def _proven(desk: SignInDesk, proof: Proof) -> Operator:
    """Return who *proof* proves to be; every wrong try is counted, and makes the next one wait."""
    name, now = proof.name.strip().lower()[:LONGEST_NAME], desk.clock.now()
    operator = _known(desk, name)
    theirs = desk.member is not None and (operator is None or operator.kind is OperatorKind.MEMBER)
    origin = network_of(proof.origin)
    here, everywhere = counted_as("here", origin, name), counted_as("name", name)
    paces = {here: HERE, counted_as("address", origin): ADDRESS, everywhere: MEMBER if theirs else NAME}
    _wait(desk, paces)
    found = _member(desk, proof, paces) if theirs else _local(desk, operator, proof)
    if found is None or not found.enabled:
        raise _refused(desk, proof, operator, paces)
    _wait(desk, paces)  # of tries at the same moment, no more are looked at than of those one after the other
    if found.second_factor and not proof.code.strip():
        raise CodeNeeded("a code of your second factor is needed", hint="give it, or one of your recovery codes")
    if found.second_factor and not _code_right(desk, found, proof.code, now):
        raise _refused(desk, proof, operator, paces)
    for key in [here, *(key for key, pace in paces.items() if pace is MEMBER)]:
        desk.sessions.forgive(key)
    return found


def _local(desk: SignInDesk, operator: Operator | None, proof: Proof) -> Operator | None:
    """Return *operator* if the password is theirs; it takes as long where nobody is called so."""
    hashed = desk.operators.password(operator.name) if operator is not None else ""
    if not desk.hasher.right(hashed, proof.password) or operator is None:
        return None
    if desk.hasher.outdated(hashed):
        desk.operators.set_password(operator.name, desk.hasher.hashed(proof.password), None)
    return operator


def _member(desk: SignInDesk, proof: Proof, paces: dict[str, Pace]) -> Operator | None:
    """Return whom the directory proves, with the roles that their groups have now.

    Tries count for the account, by whichever of its names: *paces* gets it. NotPermitted for somebody who is proven,
    and whose groups have no role here.
    """

    def called(name: str) -> None:
        key = counted_as("name", name.lower()[:LONGEST_NAME])
        paces[key] = MEMBER
        _wait(desk, {key: MEMBER})

    claimed = Claimed(who=proof.name.strip(), password=proof.password, called=called)
    member = desk.member(claimed) if desk.member is not None else None
    if member is None:
        return None
    return _kept_member(desk, member)


def _kept_member(desk: SignInDesk, member: Member) -> Operator | None:
    """Return *member* as an operator with the roles of their groups; None if a local operator is called so."""
    now = desk.clock.now()
    name = checked_name(member.name)
    known = _known(desk, name)
    if known is not None and known.kind is not OperatorKind.MEMBER:
        return None  # a local operator is called so: the directory does not speak for them
    roles = delegated(desk.spec.delegations, member.groups)
    if not any(role.holds(now) for role in roles):
        desk.audit.add("sign_in_without_role", name, {}, operator=name)
        raise NotPermitted("none of your groups has a role in Keepstep", hint="ask an administrator of Keepstep")
    return desk.operators.keep_member(
        Operator(
            name=name,
            kind=OperatorKind.MEMBER,
            display=member.display,
            email=member.email,
            enabled=known.enabled if known is not None else True,
            roles=roles,
            created=known.created if known is not None else now,
        )
    )


def _known(desk: SignInDesk, name: str) -> Operator | None:
    try:
        return desk.operators.get(name)
    except NotFound:
        return None


def _code_right(desk: SignInDesk, operator: Operator, code: str, now: datetime) -> bool:
    held = desk.operators.code_seed(operator.name)
    if held is not None:
        step = step_of(held[0], code, now, after=held[1])
        if step is not None:
            return desk.operators.use_step(operator.name, step)
    if desk.operators.use_recovery_code(operator.name, code, now):
        desk.audit.add("recovery_code", operator.name, {}, operator=operator.name)
        return True
    return False


def _wait(desk: SignInDesk, paces: Mapping[str, Pace]) -> None:
    """TooManyTries while the next try has to wait."""
    tries, now = desk.sessions.tries(list(paces)), desk.clock.now()
    wait = max(pace.wait(tries.get(key, Tries()), now) for key, pace in paces.items())
    if wait:
        raise TooManyTries(f"too many wrong tries: the next one is looked at in {wait} seconds", seconds=wait)


def _refused(desk: SignInDesk, proof: Proof, operator: Operator | None, keys: Iterable[str]) -> SignInRefused:
    """Count the wrong try and return what to raise. A name that nobody has is not kept: it may be a password."""
    who = operator.name if operator is not None else "nobody"
    desk.sessions.count_wrong(keys, desk.clock.now(), _note("sign_in_refused", who, origin=proof.origin))
    return SignInRefused("the name, the password or the code is not right", hint="nothing says which of them")


def _note(action: str, operator: str, **detail: str) -> AuditNote:
    return AuditNote(action=action, subject=operator, detail=detail, operator=operator)

"""The first password of a new account: chosen before anything is written, sealed before it is set."""

import secrets
from typing import Final

from keepstep.connectors.ad.desk import Desk
from keepstep.connectors.ad.rights import lacking, reset_password
from keepstep.connectors.ad.standing import Standing
from keepstep.connectors.ad.wishes import Wish
from keepstep.connectors.ldap_session.session import Change, Depth, Operation, Search, Session
from keepstep.core.directory_values import unicode_pwd
from keepstep.core.effect import Outcome, Refused
from keepstep.core.first_password import Delivery, DomainPolicy, Person, compose_password, names_of, unmet
from keepstep.core.secret import Secret
from keepstep.errors import ConfigurationError, StoreError
from keepstep.ports import FirstPassword

_COMPLEX: Final = 0x1
"""DOMAIN_PASSWORD_COMPLEX of pwdProperties, MS-SAMR 2.2.1.3."""


async def domain_policy(session: Session, domain: str) -> DomainPolicy:
    """Return what the domain demands of passwords; nothing, where it does not say."""
    entry = await session.base(domain, ("minPwdLength", "pwdProperties"))
    if entry is None:
        return DomainPolicy()
    length, properties = (_number(entry.values.get(name, [])) for name in ("minpwdlength", "pwdproperties"))
    return DomainPolicy(length=length, complex=bool(properties & _COMPLEX))


async def finer_length(session: Session, domain: str) -> int:
    """Return the longest length that fine-grained policies demand, of those that may be read; 0 if there are none.

    Which one applies to an account is known only once it is there (msDS-ResultantPSO).
    """
    container = f"CN=Password Settings Container,CN=System,{domain}"
    found = await session.find(
        Search(
            base=container,
            depth=Depth.CHILDREN,
            filter="(objectClass=msDS-PasswordSettings)",
            attributes=("msDS-MinimumPasswordLength",),
        )
    )
    return max((_number(entry.values.get("msds-minimumpasswordlength", [])) for entry in found), default=0)


def _number(values: list[bytes]) -> int:
    text = values[0].decode(errors="replace") if values else ""
    return int(text) if text.isdecimal() else 0


def hopeless(desk: Desk) -> str:
    """Return why no first password that the configuration makes is one for the domain; MacroError for a bad format."""
    return unmet(desk.spec.new_accounts.first_password, desk.policy, names_of(desk.schema), secrets.randbelow)


def choose(desk: Desk, wish: Wish) -> Secret | Refused:
    """Return the first password of the account that *wish* describes; Refused if the domain would not take it."""
    names = ("sAMAccountName", "displayName")
    words = tuple(value.decode() for name in names for value in wish.plain.get(name, ()))
    try:
        password = compose_password(
            desk.spec.new_accounts.first_password,
            desk.policy,
            Person(attributes=wish.asked, words=words),
            names=names_of(desk.schema),
            below=secrets.randbelow,
        )
    except (ValueError, ConfigurationError) as exc:
        return Refused(f"the first password: {exc}", lasting=False)
    return Secret(password)


async def hand_over(desk: Desk, made: Standing, password: Secret) -> Outcome | None:
    """Seal *password* if a person is to learn it, then set it; None when it is in force."""
    new_accounts = desk.spec.new_accounts
    if new_accounts.deliver is Delivery.SEALED and desk.handover is not None:
        first = FirstPassword(
            connection=desk.connection,
            key=made.key,
            account=made.text("samaccountname"),
            password=password,
            days=new_accounts.deliver_days,
        )
        try:
            desk.handover.seal(first)
        except (StoreError, ConfigurationError) as exc:
            return Refused(f"the first password could not be sealed: {exc.message}", lasting=False)
    change = Change(Operation.REPLACE, "unicodePwd", (unicode_pwd(password.reveal()),))
    answer = await desk.session.modify(made.address, [change])
    return None if answer.good else lacking(answer, "setting the first password", reset_password())


def withdraw(desk: Desk, made: Standing) -> str:
    """Forget the sealed password of an account that was taken back; what went wrong, or the empty text."""
    if desk.spec.new_accounts.deliver is not Delivery.SEALED or desk.handover is None:
        return ""
    try:
        desk.handover.withdraw(desk.connection, made.key)
    except StoreError as exc:
        return f"; its sealed password is still kept: {exc.message}"
    return ""

"""Carry out effects on users and groups, one after the other, each to a known end."""

from dataclasses import replace
from typing import assert_never

from keepstep.connectors.ad.changing import change, change_values
from keepstep.connectors.ad.creation import create, finish
from keepstep.connectors.ad.desk import Desk
from keepstep.connectors.ad.first_password import choose, hand_over, withdraw
from keepstep.connectors.ad.rights import delete_child, lacking, reset_password
from keepstep.connectors.ad.standing import Standing
from keepstep.connectors.ad.wishes import Wish, wish_of
from keepstep.connectors.ldap_session.session import Change, Operation
from keepstep.connectors.ldap_session.telling import heard
from keepstep.core.directory_values import unicode_pwd
from keepstep.core.effect import Absent, Done, Effect, NotSent, Outcome, Refused, Unknown, joined
from keepstep.core.first_password import Delivery
from keepstep.core.plan import ActionKind
from keepstep.core.secret import Secret
from keepstep.errors import ConnectorError


async def carry_out(desk: Desk, effect: Effect, standing: Standing | None) -> Outcome:
    """Carry out one effect on the object as it stands, and return how that ended; raises nothing of LDAP's.

    NotSent if the directory was lost before anything was written, Unknown if after.
    """
    written = desk.session.writes
    with heard() as calls:
        try:
            outcome = await _carry_out(desk, effect, standing)
        except ConnectorError as exc:
            outcome = NotSent(exc.message)
            if desk.session.writes != written:
                outcome = Unknown(f"{exc.message}; something was written before")
    return replace(outcome, calls=joined(*calls))


async def _carry_out(desk: Desk, effect: Effect, standing: Standing | None) -> Outcome:
    wish = _wish(desk, effect)
    if isinstance(wish, Refused):
        return wish
    if effect.kind is ActionKind.CREATE and effect.target is None:
        return await create(desk, wish)
    if standing is None:
        return Absent()
    if standing.protected:
        return Refused(f"the object is protected: {standing.protected}")
    if not standing.is_a(desk.kind):
        return Refused(f"the object is not a {desk.kind}")
    match effect.kind:
        case ActionKind.CREATE:
            return await finish(desk, standing, wish)
        case ActionKind.UPDATE | ActionKind.ENABLE | ActionKind.DISABLE:
            return await change(desk, standing, wish)
        case ActionKind.DELETE:
            return await _delete(desk, standing)
        case _:
            assert_never(effect.kind)


def _wish(desk: Desk, effect: Effect) -> Wish | Refused:
    if effect.kind not in {ActionKind.ENABLE, ActionKind.DISABLE}:
        return wish_of(effect.attributes, desk.schema)
    if desk.kind != "user":
        return Refused(f"{desk.objects} cannot be enabled or disabled")
    return Wish(enabled=effect.kind is ActionKind.ENABLE)


async def _delete(desk: Desk, standing: Standing) -> Outcome:
    answer = await desk.session.delete(standing.address)
    return Done(standing.key) if answer.good else lacking(answer, "delete", delete_child(desk.kind))


async def set_password(desk: Desk, standing: Standing | None, password: Secret) -> Outcome:
    """Give an account another password, as an administrator does: without the old one."""
    if standing is None:
        return Absent()
    if standing.protected:
        return Refused(f"the object is protected: {standing.protected}")
    changes = [Change(Operation.REPLACE, "unicodePwd", (unicode_pwd(password.reveal()),))]
    answer = await desk.session.modify(standing.address, changes)
    return Done(standing.key) if answer.good else lacking(answer, "password reset", reset_password())


async def new_password(desk: Desk, standing: Standing | None, *, must_change: bool) -> Outcome:
    """Give an account a password that nobody chose, sealed first if somebody is to get it, as for a new account."""
    if standing is None:
        return Absent()
    if standing.protected:
        return Refused(f"the object is protected: {standing.protected}")
    wish = Wish(plain={"sAMAccountName": list(standing.values.get("samaccountname", ()))})
    password = choose(desk, wish)
    if isinstance(password, Refused):
        return password
    refused = await hand_over(desk, standing, password)
    if isinstance(refused, Unknown | NotSent):
        return refused
    if refused is not None:
        # nobody shall be given a password that was never set
        withdraw(desk, standing)
        return refused
    if must_change:
        refused = await change_values(desk, standing, [Change(Operation.REPLACE, "pwdLastSet", (b"0",))])
    sealed = desk.spec.new_accounts.deliver is Delivery.SEALED and desk.handover is not None
    told = "" if sealed else "nobody learns the new password: `new_accounts.deliver` is not sealed"
    return Done(standing.key, told) if refused is None else refused

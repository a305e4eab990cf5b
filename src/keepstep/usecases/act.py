"""Carry out one directory action for one subject; doing it twice is as doing it once."""

from dataclasses import dataclass
from typing import Final, Protocol, assert_never, runtime_checkable

from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.block_text import BlockTexts
from keepstep.core.directory_action import READ, Change, DirectoryAction, Verb, change_of
from keepstep.core.effect import Absent, Conflict, Done, Effect, NotSent, Outcome, Refused, Unknown
from keepstep.core.plan import ActionKind
from keepstep.core.subject import Order
from keepstep.core.sync_rule import Side
from keepstep.core.values import NativeKey, Record, Values
from keepstep.errors import ConnectorError, KeepstepError, MacroError
from keepstep.ports import Connector, Ports, Query
from keepstep.usecases.write import write

_TRIES: Final = 2
_SIGN_IN: Final = "sAMAccountName"
_UNSEEN: Final = "nothing of the object is left that the service account may see, also not among what was deleted"
_MEMBERSHIP: Final = frozenset({Verb.JOIN, Verb.LEAVE})
_MOVING: Final = frozenset({Verb.CREATE, Verb.MOVE, Verb.RENAME, Verb.RESTORE})


@runtime_checkable
class Accounts(Protocol):
    """A directory that can do more with an account than change its attributes."""

    async def replace_password(self, key: NativeKey, *, must_change: bool) -> Outcome:
        """Give the account another password by the policy of new accounts, handed over as theirs are."""
        ...

    async def restore(self, key: NativeKey) -> Outcome:
        """Bring a deleted object back to where it was; Done if it is there."""
        ...


@dataclass(frozen=True, slots=True)
class _Act:
    """One action on its way: in which directory, and what is wanted."""

    ports: Ports
    connection: str
    action: DirectoryAction
    order: Order
    texts: BlockTexts

    @property
    def connector(self) -> Connector:
        """The directory."""
        return self.ports.connector(self.connection)

    @property
    def objects(self) -> str:
        """The kind of objects that the action is about."""
        made = self.action.create
        return made.objects if made else self.order.subject.side.objects

    async def carry_out(self) -> BlockResult:
        """Do it, and return what came of it."""
        verb = self.action.verb
        if verb is Verb.CREATE:
            return await self._create()
        if verb is Verb.RESTORE:
            return await self._beyond("restore from the recycle bin")
        record = await self._record(READ)
        if record is None:
            gone = verb is Verb.DELETE
            told = "it was gone already" if gone else "the object is no longer in the directory"
            return _ended(Absent(), verb, told, gone=gone)
        if verb is Verb.RESET_PASSWORD:
            return await self._beyond("reset the password")
        if verb in _MEMBERSHIP and not await self._joins():
            return _ended(Refused(f"{self.objects} join and leave no groups: only users do"), verb, "")
        change = await self._manager() if self._finds_manager else change_of(self.action, self._render, record)
        if change.kind is ActionKind.UPDATE and not change.attributes:
            return _ended(Done(self.order.subject.key), change.words, "it was so already")
        return await self._apply(change, self.order.subject.key)

    async def _joins(self) -> bool:
        kind = (await self.connector.schema(self.objects)).attribute("memberOf")
        return kind is not None and kind.writable

    @property
    def _finds_manager(self) -> bool:
        return self.action.set_manager is not None and bool(self.action.set_manager.by)

    async def _create(self) -> BlockResult:
        change = change_of(self.action, self._render, None)
        if self.order.resumed and (made := await self._made(change)) is not None:
            return await self._apply(change, made.key, resumed=True)
        return await self._apply(change, None)

    async def _made(self, change: Change) -> Record | None:
        """Return the object that an earlier life made of *change*: the one of its sign-in name that is as wanted."""
        name = change.attributes.get(_SIGN_IN, ())
        query = Query(objects=self.objects, attributes=tuple(change.attributes))
        found = await self.connector.find(query, _SIGN_IN, name) if name else []
        schema = await self.connector.schema(self.objects)
        for record in found:
            kinds = [(kind, wanted) for key, wanted in change.attributes.items() if (kind := schema.attribute(key))]
            if all(
                kind.comparable(record.attributes.get(kind.name, ())) == kind.comparable(wanted)
                for kind, wanted in kinds
                if kind.name not in {"memberOf", "enabled"}
            ):
                return record
        return None

    async def _manager(self) -> Change:
        spec = self.action.set_manager
        assert spec is not None  # noqa: S101 - asked by the caller
        value = self._render(spec.value, "set_manager.value")
        query = Query(objects="users", attributes=("distinguishedName",))
        found = await self.connector.find(query, spec.by, value) if value else []
        if len(found) != 1:
            told = f"set_manager: {len(found)} users have this {spec.by}, where one is needed"
            raise MacroError(told)
        return Change(
            kind=ActionKind.UPDATE,
            attributes={"manager": found[0].attributes.get("distinguishedName", ())},
            words="set manager",
        )

    async def _apply(self, change: Change, key: NativeKey | None, *, resumed: bool = False) -> BlockResult:
        outcome: Outcome = Unknown("")
        effect = Effect(key=self.order.key, kind=change.kind, target=key, attributes=change.attributes)
        for _ in range(_TRIES):
            # An effect on a known object may be sent again: it says how the object shall be, not what to add to it.
            (outcome,) = await write(self.ports, Side(self.connection, self.objects), [effect])
            if not isinstance(outcome, Unknown) or key is None:
                break
        told = "begun before the interruption" if resumed else ""
        return await self._told(outcome, change.words, told)

    async def _beyond(self, words: str) -> BlockResult:
        key = self.order.subject.key
        if not isinstance(self.connector, Accounts):
            told = f"connection {self.order.subject.side.connection} cannot {words}: it is no live directory"
            return BlockResult(state=BlockState.FAILED, cause=Cause.REFUSED, detail=told, request=words)
        if self.action.reset_password is not None:
            must_change = self.action.reset_password.must_change
            outcome = await self.connector.replace_password(key, must_change=must_change)
        else:
            outcome = await self.connector.restore(key)
        return await self._told(outcome, words, _UNSEEN if isinstance(outcome, Absent) else "")

    async def _told(self, outcome: Outcome, words: str, detail: str) -> BlockResult:
        result = _ended(outcome, words, detail, gone=self.action.verb is Verb.DELETE)
        if result.state is not BlockState.SUCCEEDED or self.action.verb not in _MOVING:
            return result
        key = NativeKey(result.values["key"][0])
        query = Query(objects=self.objects, attributes=("distinguishedName",))
        now = (await self.connector.fetch(query, [key])).get(key)
        values = {**result.values, "distinguishedName": now.attributes.get("distinguishedName", ()) if now else ()}
        return BlockResult(state=result.state, detail=result.detail, values=values, request=words, attempts=1)

    async def _record(self, names: tuple[str, ...]) -> Record | None:
        schema = await self.connector.schema(self.objects)
        known = tuple(kind.name for name in names if (kind := schema.attribute(name)))
        key = self.order.subject.key
        return (await self.connector.fetch(Query(objects=self.objects, attributes=known), [key])).get(key)

    def _render(self, text: str, place: str) -> Values:
        return self.texts.values(text, self.order.values, place)


async def act(ports: Ports, action: DirectoryAction, order: Order, texts: BlockTexts, *, side: str = "") -> BlockResult:
    """Do *action* for the subject of *order*, and return what came of it; whatever the directory does is a result.

    *side*: the directory connection, where it is not that of the subject.
    """
    try:
        connection = side or order.subject.side.connection
        return await _Act(ports, connection, action, order, texts).carry_out()
    except ConnectorError as exc:
        return BlockResult(
            state=BlockState.FAILED, cause=Cause.UNREACHABLE, detail=exc.message, request=action.verb.replace("_", " ")
        )
    except KeepstepError as exc:
        return BlockResult(state=BlockState.FAILED, cause=Cause.INPUT, detail=exc.message)


def _ended(outcome: Outcome, words: str, detail: str, *, gone: bool = False) -> BlockResult:
    """Return what *outcome* is for a block. *gone*: that the object is not there is what was wanted."""
    request = words.replace("_", " ")

    def failed(cause: Cause, reason: str, state: BlockState = BlockState.FAILED) -> BlockResult:
        return BlockResult(state=state, cause=cause, detail=reason, request=request, answer=reason, attempts=1)

    match outcome:
        case Done(key, told):
            values = {"key": (str(key),)}
            detail = detail or told
            return BlockResult(
                state=BlockState.SUCCEEDED, detail=detail, values=values, request=request, answer="done", attempts=1
            )
        case Absent():
            if gone:
                return BlockResult(state=BlockState.SUCCEEDED, detail=detail or "it was gone already", request=request)
            return failed(Cause.ABSENT, detail or "the object is no longer in the directory")
        case Conflict(reason):
            return failed(Cause.CONFLICT, reason)
        case Refused(reason):
            return failed(Cause.REFUSED, reason)
        case NotSent(reason):
            return failed(Cause.UNREACHABLE, reason)
        case Unknown(reason):
            return failed(Cause.UNREACHABLE, f"{reason}; whether it was done is not known", BlockState.UNKNOWN)
        case _:
            assert_never(outcome)

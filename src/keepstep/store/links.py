"""The remembered pairs of each rule."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, delete, insert, or_, select

from keepstep.core.link import Link, LinkState
from keepstep.core.values import NativeKey
from keepstep.store.database import Database
from keepstep.store.tables import LINKS

_FORGET_SOURCE: Final = delete(LINKS).where(LINKS.c.rule == bindparam("a_rule"), LINKS.c.source_key == bindparam("key"))
_FORGET_TARGET: Final = delete(LINKS).where(LINKS.c.rule == bindparam("a_rule"), LINKS.c.target_key == bindparam("key"))


class SqlLinks:
    """Keeps links in the database: within a rule, a source has one target and a target has one source."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, rule: str) -> dict[NativeKey, Link]:
        """Return the links of *rule* by source key."""
        statement = select(LINKS.c.source_key, LINKS.c.target_key, LINKS.c.state).where(LINKS.c.rule == rule)
        states = {state.value: state for state in LinkState}
        with self._database.read() as connection:
            rows = connection.execution_options(yield_per=10_000).execute(statement)
            return {source: Link(source, target, states[state]) for source, target, state in rows}

    def about(self, rule: str, keys: Sequence[NativeKey]) -> list[Link]:
        """Return the links of *rule* in which one of *keys* is the source or the target; a look at an index."""
        here = or_(LINKS.c.source_key.in_(keys), LINKS.c.target_key.in_(keys))
        statement = select(LINKS.c.source_key, LINKS.c.target_key, LINKS.c.state).where(LINKS.c.rule == rule, here)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(LINKS.c.source_key)).all()
        return [Link(source, target, LinkState(state)) for source, target, state in rows]

    def save(self, rule: str, links: Sequence[Link], forget: Sequence[NativeKey] = ()) -> None:
        """Remember *links* and forget those of the source keys in *forget*, in one transaction.

        A source or a target that was paired otherwise is paired anew; of two such links in *links* the later counts.
        """
        kept = _each_once(links)
        sources = {*forget, *(link.source_key for link in kept)}
        if not sources:
            return
        with self._database.write() as connection:
            connection.execute(_FORGET_SOURCE, [{"a_rule": rule, "key": key} for key in sources])
            if not kept:
                return
            connection.execute(_FORGET_TARGET, [{"a_rule": rule, "key": link.target_key} for link in kept])
            rows = [
                {"rule": rule, "source_key": link.source_key, "target_key": link.target_key, "state": link.state.value}
                for link in kept
            ]
            connection.execute(insert(LINKS), rows)


def _each_once(links: Sequence[Link]) -> list[Link]:
    by_target = {link.target_key: link for link in {link.source_key: link for link in links}.values()}
    return list(by_target.values())

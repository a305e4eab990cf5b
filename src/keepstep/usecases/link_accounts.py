"""Link two accounts that are one person, or take such a link back: what a person knows and no rule can find out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keepstep.core.authority import Reach
from keepstep.core.link import Link, LinkState
from keepstep.core.right import Right
from keepstep.core.sync_rule import Side, SyncRule
from keepstep.core.values import NativeKey, Record
from keepstep.ports import Ports, Query

Pair = tuple[NativeKey, NativeKey]
"""A source key and a target key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What came of one pair. *refused*: why nothing was done; empty if it was."""

    source_key: NativeKey
    target_key: NativeKey
    refused: str = ""


async def link(ports: Ports, name: str, rule: SyncRule, pairs: Sequence[Pair]) -> list[Linked]:
    """Remember each of *pairs* as one person, if both exist and neither is another's; say of each what came of it.

    Nobody is ever taken from somebody else: that pair has to be unlinked first. Nothing is written to either side.
    """
    ports.authority.require(Right.PAIR_ACCOUNTS, Reach(rule=name, place=None))
    links = ports.links.load(name)
    owner = {one.target_key: one.source_key for one in links.values() if one.state is not LinkState.REMOVED}
    here = await _there(ports, rule.source_side, rule.correlate[0][1], [source for source, _ in pairs])
    there = await _there(ports, rule.target_side, rule.correlate[0][0], [target for _, target in pairs])
    twice = Counter(source for source, _ in pairs) + Counter(target for _, target in pairs)
    done: list[Linked] = []
    for source, target in pairs:
        refused = ""
        known = links.get(source)
        if source not in here:
            refused = "the source object is not there"
        elif target not in there:
            refused = "the account is not there"
        elif twice[source] > 1 or twice[target] > 1:
            refused = "it stands in more than one pair"
        elif owner.get(target, source) != source:
            refused = f"the account is linked to {owner[target]}: unlink them first"
        elif known is not None and known.state is not LinkState.REMOVED and known.target_key != target:
            refused = f"it is linked to account {known.target_key}: unlink them first"
        elif known == Link(source, target):
            refused = "they are linked already"
        done.append(Linked(source_key=source, target_key=target, refused=refused))
    made = [Link(one.source_key, one.target_key) for one in done if not one.refused]
    for one in made:
        _note(ports, "link", name, one)
    ports.links.save(name, made)
    return done


def unlink(ports: Ports, name: str, keys: Sequence[tuple[NativeKey | None, NativeKey | None]]) -> list[Linked]:
    """Forget the link of each of *keys*, a source key or a target key or both; say of each what came of it.

    The next comparison looks for a counterpart again, and may find the same one by the rules of `correlate`.
    """
    ports.authority.require(Right.PAIR_ACCOUNTS, Reach(rule=name, place=None))
    links = ports.links.load(name)
    by_target = {one.target_key: one for one in links.values()}
    done: list[Linked] = []
    gone: dict[NativeKey, Link] = {}
    for source, target in keys:
        found = (links.get(source) if source else None) or (by_target.get(target) if target else None)
        if found is None or (target and found.target_key != target) or (source and found.source_key != source):
            none = NativeKey("")
            done.append(Linked(source_key=source or none, target_key=target or none, refused="they are not linked"))
            continue
        gone[found.source_key] = found
        done.append(Linked(source_key=found.source_key, target_key=found.target_key))
    for one in gone.values():
        _note(ports, "unlink", name, one)
    ports.links.save(name, (), forget=list(gone))
    return done


async def _there(ports: Ports, side: Side, read: str, keys: Sequence[NativeKey]) -> Mapping[NativeKey, Record]:
    query = Query(objects=side.objects, attributes=(read,), scoped=True)
    return await ports.connector(side.connection).fetch(query, list(dict.fromkeys(keys))) if keys else {}


def _note(ports: Ports, action: str, name: str, one: Link) -> None:
    ports.audit.add(action, name, {"source": one.source_key, "target": one.target_key}, operator=ports.operator)

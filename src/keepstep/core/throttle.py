"""How long the next try to sign in has to wait after wrong ones: ever longer, and never for ever."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

FORGOTTEN: Final = timedelta(hours=1)
"""After how long without a wrong try the earlier ones count no more."""


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong tries of one kind: how many in a row, and when the last was."""

    count: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """After *free* wrong tries each doubles the wait, up to *longest* seconds."""

    free: int
    longest: int

    def wait(self, tries: Tries, now: datetime) -> int:
        """Return how many seconds from *now* the next try has to wait; 0: none."""
        if tries.last is None or tries.count < self.free or now - tries.last >= FORGOTTEN:
            return 0
        gap = min(2 ** min(tries.count - self.free, 20), self.longest)
        left = (tries.last + timedelta(seconds=gap) - now).total_seconds()
        return max(0, -int(-left // 1))


HERE: Final = Pace(free=5, longest=900)
"""For one name from one address."""

ADDRESS: Final = Pace(free=20, longest=900)
"""For all names from one address."""

MEMBER: Final = Pace(free=3, longest=900)
"""For one name of a directory from everywhere: fewer than a directory takes before it locks the account."""

NAME: Final = Pace(free=100, longest=10)
"""For one name from everywhere: so short that nobody can lock somebody else out."""


_MACHINE: Final = 64
"""How many bits of an address of IPv6 name a network; whoever has one has every address in it."""


def network_of(address: str) -> str:
    """Return what counts as one *address*: of IPv6 the /64 that one machine is given whole, else itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found), _MACHINE), strict=False))


def counted_as(kind: str, *parts: str) -> str:
    """Return under what tries are counted: no name that is typed makes what is counted of others, nor is kept."""
    return sha256("\0".join((kind, *parts)).encode("utf-8", "replace")).hexdigest()


def after_wrong(tries: Tries, now: datetime) -> Tries:
    """Return *tries* with one more."""
    forgotten = tries.last is None or now - tries.last >= FORGOTTEN
    return Tries(1 if forgotten else tries.count + 1, now)

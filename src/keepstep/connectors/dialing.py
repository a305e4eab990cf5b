"""The last look before a connection: every socket to the outside is made here, for an address that may be called.

It comes after DNS, at the very address, so that no name, encoding or second answer of a name server leads around it.
"""

import asyncio
import socket
from collections.abc import Callable

from keepstep.core.egress import EgressSpec, kind_of, what_to_list
from keepstep.errors import AddressRefused

SocketAddress = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
AddressInfo = tuple[int, int, int, str, SocketAddress]
"""What getaddrinfo gives: family, kind, protocol, canonical name, address."""


class ForbiddenAddressError(OSError):
    """An address that nothing may be sent to; libraries pass an OSError on. Its text is the same for every address."""

    def __init__(self, address: str) -> None:
        super().__init__("the address is not one that may be called")
        self.address = address


def socket_maker(admits: Callable[[str], bool]) -> Callable[[AddressInfo], socket.socket]:
    """Return what makes sockets for addresses that *admits* says yes to; ForbiddenAddressError for any other."""

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not admits(str(address[0])):
            raise ForbiddenAddressError(str(address[0]))
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setblocking(False)
        return made

    return make


async def dial(egress: EgressSpec, host: str, port: int) -> socket.socket:
    """Return a socket that is connected to *host*; AddressRefused, or the OSError of the last one tried."""
    loop = asyncio.get_running_loop()
    named = egress.lists_name(host)
    make = socket_maker(lambda address: egress.admits(address, named=named))
    failure: OSError = OSError("the name has no address")
    for info in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            made = make(info)
        except ForbiddenAddressError as exc:
            failure = exc
            continue
        try:
            await loop.sock_connect(made, info[4])
        except OSError as exc:
            made.close()
            failure = exc
        except BaseException:
            made.close()
            raise
        else:
            return made
    if isinstance(failure, ForbiddenAddressError):
        raise refusal(host, failure.address) from failure
    raise failure


async def addresses_of(host: str) -> list[str]:
    """Return the addresses that *host* leads to from here; none if nobody here knows."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(info[4][0]) for info in found]


def refusal(host: str, address: str) -> AddressRefused:
    """Return the error that says which address of *host* is not connected to, and what to do."""
    told = kind_of(address)
    where = f"{host} leads to {address}" if address != host else host
    return AddressRefused(f"{where}, {told}: nothing is sent there", hint=what_to_list(host, address))

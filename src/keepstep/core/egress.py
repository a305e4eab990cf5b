"""Where calls go that leave this machine: to the Internet, and elsewhere only as far as the configuration lists it."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from keepstep.core.secret import SecretRef
from keepstep.core.spec import Spec

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_HOST: Final = re.compile(r"(?!-)[\w\-]{1,63}(\.[\w\-]{1,63})*\Z")
_NUMBER: Final = re.compile(r"(0[xX][0-9a-fA-F]*|[0-9]+)\Z")
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_UNICAST: Final = IPv6Network("2000::/3")
"""All that is given out of IPv6 (RFC 4291, 2.4); IPv4 in its compatible form, for one, is outside."""

_TUNNELS: Final = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))
"""6to4 and Teredo: the address that is really called is inside, and relays of either are no more (RFC 7526)."""

_INNER: Final[tuple[Network, ...]] = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1/128")
)
"""Networks of one's own, and this machine: where a name that is listed may lead."""

_METADATA: Final = frozenset(
    ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)
"""Where clouds give credentials to whoever asks from inside; one of them is an address of the Internet."""


def _listed(text: str) -> str:
    if "/" in text or ":" in text or _NUMBER.match(text.rpartition(".")[2]):
        try:
            network = ip_network(text)
        except ValueError as exc:
            raise ValueError("is no address and no network: write 10.1.2.3, or 10.1.0.0/16 with nothing after") from exc
        if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
            raise ValueError("is IPv4 written as IPv6: write the IPv4 address")
    elif not _HOST.match(text):
        raise ValueError("is no host name: write it without scheme, port and path, such as app.corp.example")
    return text


class ProxySpec(Spec):
    """An HTTP proxy that calls to the Internet go through. *user*, *password*: how Keepstep proves itself to it."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+/?$")]
    user: Annotated[str, Field(pattern=r"^[^:\x00-\x1f]*$")] = ""
    password: SecretRef | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "ProxySpec":
        if bool(self.user) is (self.password is None):
            raise ValueError("user and password belong together")
        return self


class EgressSpec(Spec):
    """Which hosts and networks outside the Internet may be called, and the proxy for all others.

    A listed name may lead into networks of one's own and to this machine. What else is not of the Internet (link-local,
    metadata of clouds, multicast) is called only if the address itself is listed.
    """

    allow: list[Annotated[str, AfterValidator(_listed)]] = []
    proxy: ProxySpec | None = None

    def admits(self, address: str, *, named: bool) -> bool:
        """Return whether *address* may be connected to; *named*: a name that is listed led there."""
        ip = meant(address)
        if ip is None:
            return False
        return _is_public(ip) or self._lists_address(ip) or (named and _is_inner(ip))

    def lists(self, host: str) -> bool:
        """Return whether *host*, a name or an address, is listed as it is written."""
        ip = meant(host)
        return self.lists_name(host) if ip is None else self._lists_address(ip)

    def lists_name(self, host: str) -> bool:
        """Return whether the name *host* is listed."""
        name = _bare(host)
        return any(_bare(one) == name for one in self.allow)

    def _lists_address(self, ip: Address) -> bool:
        return _within(ip, (network for one in self.allow if (network := _network(one)) is not None))


NOWHERE_ELSE: Final = EgressSpec()
"""The Internet alone."""


def meant(address: str) -> Address | None:
    """Return the address that is reached by *address*, out of IPv6 that only carries IPv4; None for what is none."""
    try:
        ip = ip_address(address.strip("[]").split("%", 1)[0])
    except ValueError:
        return None
    if isinstance(ip, IPv6Address) and (ip in _MAPPED or ip in _NAT64):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def kind_of(address: str) -> str:
    """Return what *address* is, for a message that says why it is not connected to."""
    ip = meant(address)
    if ip is None:
        return "no address"
    if ip in _METADATA:
        return "a metadata address of a cloud"
    if isinstance(ip, IPv6Address) and _within(ip, _TUNNELS):
        return "an address of a tunnel"
    kinds = {
        "the unspecified address": ip.is_unspecified,
        "a loopback address": ip.is_loopback,
        "a link-local address": ip.is_link_local,
        "a multicast address": ip.is_multicast,
        "a private address": _within(ip, _INNER),
    }
    return next((kind for kind, fits in kinds.items() if fits), "a reserved address")


def what_to_list(host: str, address: str) -> str:
    """Return what makes `admits` say yes to *address*, to which *host* led."""
    ip = meant(address)
    if ip is None:
        return f'write the host "{host}" as a name or a usual address'
    named = meant(host) is None and not _NUMBER.match(_bare(host).rpartition(".")[2]) and _is_inner(ip)
    entry = f'"{host}" or "{ip}"' if named else f'"{ip}"'
    return f"if it is really meant to be called, add {entry} to egress.allow in keepstep.yaml"


def _is_public(ip: Address) -> bool:
    if ip in _METADATA or ip.is_multicast or not ip.is_global:
        return False
    return isinstance(ip, IPv4Address) or (ip in _UNICAST and not _within(ip, _TUNNELS))


def _is_inner(ip: Address) -> bool:
    return ip not in _METADATA and _within(ip, _INNER)


def _within(ip: Address, networks: Iterable[Network]) -> bool:
    return any(ip in network for network in networks)


def _network(entry: str) -> Network | None:
    try:
        return ip_network(entry)
    except ValueError:
        return None


def _bare(host: str) -> str:
    return host.rstrip(".").lower()

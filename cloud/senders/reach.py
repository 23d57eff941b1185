"""Which machines a webhook may reach: by default none that only this network can.

Who may enter an address could otherwise make the cloud speak to its own database, its neighbours or the
metadata service of its host. A name is resolved here, and what is connected to is the address that was looked
at: a name that points elsewhere a moment later (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

from cloud.senders.sender import SendError

RESOLVE_S = 10.0

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Ways into IPv4 that Python counts as public: IPv4-compatible, IPv4-translated, local NAT64.
_INTO_IPV4 = [ipaddress.IPv6Network(one) for one in ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48")]


async def resolve(host: str, port: int, allowed: Sequence[Network]) -> list[str]:
    """The addresses of a host, in the resolver's order. Raises SendError where one may not be reached."""
    try:
        async with asyncio.timeout(RESOLVE_S):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
            )
    except TimeoutError as error:
        raise SendError(f"{host}: not resolved within {RESOLVE_S:g} s", permanent=False) from error
    except (OSError, UnicodeError) as error:
        raise SendError(f"{host} can't be resolved: {error}", permanent=False) from error
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    for address in addresses:
        if not may_reach(ipaddress.ip_address(address), allowed):
            raise SendError(
                f"{host} is {address}, which is not public: name its network in `allow` of the channel if it "
                "is meant",
                permanent=True,
            )
    return addresses


def may_reach(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether it is public or in an allowed network, looked at as the machine that it leads to."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return may_reach(inner, allowed)
    if any(address in network for network in allowed):
        return True
    is_doubtful = address.is_multicast or _is_site_local(address) or any(address in one for one in _INTO_IPV4)
    return address.is_global and not is_doubtful


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.teredo:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


def _is_site_local(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.is_site_local

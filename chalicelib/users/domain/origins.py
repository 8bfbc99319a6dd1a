"""The origin of a sign-in: what bounds count together (ACC-11)."""

import ipaddress

_NETWORK_BITS = 64


def origin_of(source_ip: str) -> str:
    """Return an IPv4 address as it is, and the /64 network of an IPv6 address.

    One caller has a whole /64 network, so single addresses of it are no bound. An IPv4 address that is written as
    IPv6 is the IPv4 address. Everything that is no address is one origin, the empty text.
    """
    try:
        address = ipaddress.ip_address(source_ip.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, _NETWORK_BITS), strict=False))

"""Which addresses are public. Everything else belongs to somebody's inside, possibly to ours.

IPv4 is allowed except for what IANA's special-purpose registry (RFC 6890) and clouds keep for themselves.
IPv6 is refused except for global unicast (2000::/3), less its special parts: so all forms that wrap an IPv4 address
(mapped, compatible, NAT64, 6to4, Teredo) are refused without being unwrapped.
"""

from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from .errors import AddressRefused

_REFUSED = {
    "0.0.0.0/8": "this_network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "carrier_grade_nat",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "metadata",  # Azure's host agent has a public address.
    "169.254.0.0/16": "link_local",  # 169.254.169.254 and 169.254.170.2 give out credentials.
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "reserved",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "::/128": "this_network",
    "::1/128": "loopback",
    "::ffff:0:0/96": "ipv4_mapped",
    "::/96": "ipv4_compatible",
    "64:ff9b::/96": "nat64",
    "64:ff9b:1::/48": "nat64",
    "fc00::/7": "private",  # Holds EC2's metadata service, fd00:ec2::254.
    "fe80::/10": "link_local",
    "fec0::/10": "private",
    "ff00::/8": "multicast",
    "2001::/32": "teredo",
    "2001:db8::/32": "documentation",
    "2001:2::/48": "benchmarking",
    "2001::/23": "reserved",
    "2002::/16": "6to4",
    "3fff::/20": "documentation",
}
_IPV6_PUBLIC = ip_network("2000::/3")

Address = IPv4Address | IPv6Address


def require_public(text: str, *, allow_loopback: bool = False) -> None:
    """Raise AddressRefused unless the address is public, or loopback where that is allowed."""
    address = ip_address(text)
    reason = _reason(address)
    if reason is None or (reason == "loopback" and allow_loopback):
        return
    raise AddressRefused(reason, "The host's address is not a public one.")


def _reason(address: Address) -> str | None:
    for network, reason in _networks():
        if address.version == network.version and address in network:
            return reason
    if address.version == 6 and address not in _IPV6_PUBLIC:
        return "reserved"
    return None


@cache
def _networks() -> list[tuple[IPv4Network | IPv6Network, str]]:
    return [(ip_network(text), reason) for text, reason in _REFUSED.items()]

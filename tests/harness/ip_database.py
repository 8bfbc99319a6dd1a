"""A small database in MaxMind's format, written from its public description: IPv4 networks with a record each."""

import ipaddress
from pathlib import Path
from typing import Any

_MARKER = b"\xab\xcd\xefMaxMind.com"
_WIDTHS = {"node_count": 32, "build_epoch": 64}
RECORDS: dict[str, dict[str, Any]] = {
    "8.8.8.0/24": {
        "country": {"iso_code": "US", "names": {"en": "United States"}},
        "subdivisions": [{"iso_code": "CA", "names": {"en": "California"}}],
    },
    "81.2.69.0/24": {"country": {"iso_code": "GB"}},
    "1.1.1.0/24": {"registered_country": {"iso_code": "AU"}},
}


def create_database(path: Path) -> str:
    """Write a database of three networks (US/CA, GB, AU) and return its path."""
    path.write_bytes(database(RECORDS))
    return str(path)


def database(records: dict[str, dict[str, Any]]) -> bytes:
    """Return a database of these networks."""
    nodes: list[list[int | str | None]] = [[None, None]]
    for network in records:
        _enter(nodes, network)
    data, offsets = b"", {}
    for network, record in records.items():
        offsets[network] = len(data)
        data += _encoded(record)
    tree = b"".join(_record(side, offsets, len(nodes)) for node in nodes for side in node)
    about = {
        "node_count": len(nodes), "record_size": 24, "ip_version": 4, "database_type": "Test-City",
        "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": 1_800_000_000,
        "languages": ["en"], "description": {"en": "for tests"},
    }  # fmt: skip
    pairs = b"".join(_encoded(name) + _encoded(value, _WIDTHS.get(name, 16)) for name, value in about.items())
    return tree + bytes(16) + data + _MARKER + bytes([(7 << 5) | len(about)]) + pairs


def _enter(nodes: list[list[int | str | None]], network: str) -> None:
    parsed = ipaddress.IPv4Network(network)
    bits = f"{int(parsed.network_address):032b}"[: parsed.prefixlen]
    at = 0
    for bit in map(int, bits[:-1]):
        next_node = nodes[at][bit]
        if next_node is None:
            nodes.append([None, None])
            next_node = nodes[at][bit] = len(nodes) - 1
        assert isinstance(next_node, int)
        at = next_node
    nodes[at][int(bits[-1])] = network


def _record(side: int | str | None, offsets: dict[str, int], count: int) -> bytes:
    value = count if side is None else side if isinstance(side, int) else count + 16 + offsets[side]
    return value.to_bytes(3, "big")


def _encoded(value: Any, width: int = 16) -> bytes:
    if isinstance(value, dict):
        pairs = b"".join(_encoded(key) + _encoded(entry) for key, entry in value.items())
        return bytes([(7 << 5) | len(value)]) + pairs
    if isinstance(value, list):
        return bytes([len(value), 11 - 7]) + b"".join(map(_encoded, value))
    if isinstance(value, int):
        number = value.to_bytes((value.bit_length() + 7) // 8, "big")
        heads = {16: [(5 << 5) | len(number)], 32: [(6 << 5) | len(number)], 64: [len(number), 9 - 7]}
        return bytes(heads[width]) + number
    text = bytes(value, "utf-8")
    assert len(text) < 29
    return bytes([(2 << 5) | len(text)]) + text

"""Addresses of source systems."""

from __future__ import annotations

from urllib.parse import urlsplit

from yuheng.errors import SettingsError

_PORTS = {
    "http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mariadb": 3306, "oracle": 1521, "dm": 5236,
    "sftp": 22, "mqtt": 1883, "mqtts": 8883,
}  # fmt: skip
SCHEMES = {
    "api": ("http", "https"),
    "web": ("http", "https"),
    "table": ("postgresql", "mysql", "mariadb", "oracle", "dm"),
    "sftp": ("sftp",),
    "folder": ("file",),
    "mqtt": ("mqtt", "mqtts"),
}
"""Kind of pull -> the schemes of addresses it works with."""


def serves(url: str, kind: str) -> bool:
    """Whether an address is one of the transport of a kind of pull."""
    return url.partition("://")[0] in SCHEMES[kind]


def split_url(url: str) -> tuple[str, int]:
    """(host, port) of an address, the port by its scheme where none is given.

    >>> split_url("https://data.example.cn/api")
    ('data.example.cn', 443)
    """
    parts = urlsplit(url)
    try:
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise SettingsError(f"the address {url!r} has no sound port.", todo="Mend it in yuheng.toml.") from error
    if not parts.hostname or not port:
        raise SettingsError(f"the address {url!r} names no host.", todo="Mend it in yuheng.toml.")
    return parts.hostname, port

"""First steps of a test over HTTP: the name, the connection, the clock."""

from __future__ import annotations

import ipaddress
import socket
import time

from yuheng.intake.pull.connector import Finding
from yuheng.settings import Connection
from yuheng.transport import split_url

_SKEW = 60.0
"""Seconds two clocks may differ before signatures and stamps become doubtful."""


def reach(connection: Connection) -> list[Finding]:
    """Whether the host's name resolves and its port answers; ends with the first error."""
    host, port = split_url(connection.url)
    try:
        found = sorted({str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except (socket.gaierror, UnicodeError) as error:
        return [Finding("resolve", "error", f"主机名 {host} 无法解析（{error}）。", "检查连接的地址和本机的域名解析。")]
    findings = [Finding("resolve", "ok", f"{host} → {'、'.join(found)}")]
    started = time.monotonic()
    try:
        socket.create_connection((host, port), timeout=min(connection.timeout, 10.0)).close()
    except OSError as error:
        text = f"{host}:{port} 连接不上（{error.strerror or error}）。"
        return [*findings, Finding("connect", "error", text, "检查对方服务是否运行，防火墙和端口是否放行。")]
    findings.append(Finding("connect", "ok", f"{host}:{port} 连接正常，{(time.monotonic() - started) * 1000:.0f} 毫秒"))
    return findings


def plain(connection: Connection) -> list[Finding]:
    """A warning where a secret would travel unencrypted."""
    host, _ = split_url(connection.url)
    secret = connection.auth in ("key", "oauth2", "basic", "password")
    if not secret or not connection.url.startswith("http://") or _local(host):
        return []
    return [
        Finding(
            "login", "warning", "口令以明文传输（http）。", '请对方提供 https 地址，或改用 HMAC 签名（auth = "hmac"）。'
        )
    ]


def clock(skew: float | None) -> Finding:
    """How far the server's clock is from ours."""
    if skew is None:
        return Finding("clock", "ok", "对方未给出时间，未比对时钟。")
    if abs(skew) <= _SKEW:
        return Finding("clock", "ok", f"时钟相差 {skew:.0f} 秒")
    return Finding(
        "clock", "warning", f"对方时钟与本机相差 {skew:.0f} 秒。", "请双方校时（NTP）；签名和更新时间都依赖时钟。"
    )


def _local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

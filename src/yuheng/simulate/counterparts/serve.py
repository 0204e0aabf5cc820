"""All counterparts of a world at once, and the settings that lead to them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from yuheng.errors import UsageError
from yuheng.settings import FILE_NAME, SECRET_PREFIX
from yuheng.simulate.counterparts import api, database, folder, mqtt, sftp, web
from yuheng.simulate.counterparts.base import Access, Counterpart
from yuheng.simulate.counterparts.world import World
from yuheng.transport.address import serves

_BEGIN = "# --- simulated counterparts: begin (written by `yuheng simulate serve`) ---"
_END = "# --- simulated counterparts: end ---"


def counterparts(world: World, *, databases: Sequence[str] = (), brokers: Sequence[str] = ()) -> list[Counterpart]:
    """Everything that can be served. `databases`: addresses of database servers with the right to make tables there;
    `brokers`: address of a message broker that runs, else one is started where one is installed."""
    return [
        *api.counterparts(world),
        *web.counterparts(world),
        *folder.counterparts(world),
        *sftp.counterparts(world),
        *database.counterparts(world, databases),
        *mqtt.counterparts(world, brokers),
    ]


@contextmanager
def serving(world: World, servers: Sequence[Counterpart]) -> Iterator[list[Access]]:
    """Serves while the block runs; gives how each is reached. A source with two transports gets one name per feed."""
    with ExitStack() as stack:
        found: dict[str, Access] = {}
        for server in servers:
            stack.callback(server.close)
            for access in server.start():
                for named in _named(world, access, taken=access.name in found):
                    found[named.name] = named
        yield list(found.values())


def settings_text(accesses: Sequence[Access]) -> str:
    """The `[connections.…]` tables."""
    tables = []
    for access in accesses:
        lines = [f"{name} = {_toml(value)}" for name, value in access.fields.items()]
        tables.append("\n".join([f'[connections."{access.name}"]', *lines]))
    return "\n\n".join(tables) + "\n"


def write_settings(accesses: Sequence[Access], path: Path) -> Path:
    """The tables to `path`, the secrets as variables to a file `.env` beside it (mode 0600), whose path is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(settings_text(accesses), encoding="utf-8")
    lines = [f"{SECRET_PREFIX}{re.sub('[^A-Z0-9]', '_', a.name.upper())}={a.secret}" for a in accesses if a.secret]
    secrets = path.with_suffix(".env")
    _write_secret(secrets, "\n".join(lines) + "\n")
    return secrets


def install(accesses: Sequence[Access], deployment: Path) -> None:
    """The tables into the deployment's settings, in place of earlier ones, and the secrets into its folder `keys`."""
    path = deployment / FILE_NAME
    if not path.is_file():
        raise UsageError(f"{deployment} is no deployment.", todo="Run `yuheng init` first.")
    text = path.read_text(encoding="utf-8")
    text = re.sub(rf"\n*{re.escape(_BEGIN)}.*?{re.escape(_END)}\n", "\n", text, flags=re.DOTALL).rstrip("\n")
    part = path.with_name(f".{path.name}.part")
    part.write_text(f"{text}\n\n{_BEGIN}\n{settings_text(accesses)}{_END}\n", encoding="utf-8")
    for access in accesses:
        if access.secret:
            _write_secret(deployment / "keys" / f"{access.name}.secret", access.secret + "\n")
    part.replace(path)


def _named(world: World, access: Access, *, taken: bool) -> list[Access]:
    """The access, or where its source has one over another transport already, one for each of its feeds."""
    source = world.store.sources.get(access.name)
    if not taken or source is None:
        return [access]
    url = str(access.fields["url"])
    feeds = [feed.id for feed in source.feeds if feed.pull is not None and serves(url, feed.pull.kind)]
    return [Access(f"{source.id}.{feed}", access.fields, access.secret) for feed in feeds]


def _toml(value: str | int | float) -> str:
    if not isinstance(value, str):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _write_secret(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)

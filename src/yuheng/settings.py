"""Settings: where things are and which secrets open them. One `yuheng.toml` per deployment, overridden by `YUHENG_*`.

Secrets never stand in yuheng.toml: the master key comes from `YUHENG_MASTER_KEY` or from the key file (mode 0600).
"""

from __future__ import annotations

import difflib
import json
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from yuheng.errors import SettingsError

FILE_NAME = "yuheng.toml"
KEY_FILE = "keys/master.key"
PREFIX = "YUHENG_"
COMMAND_VARIABLES = ("YUHENG_DIR", "YUHENG_USER")
"""Variables that stand for an option of the commands, not for a setting."""
SECRET_PREFIX = "YUHENG_SECRET_"  # noqa: S105  a name
"""Variables with the secret of a connection: YUHENG_SECRET_S_COURT for the source S-COURT."""
_REGION = r"^\d{6}$"


class Connection(BaseModel):
    """How the system of one source is reached; its secret stands elsewhere (see `Deployment.secret`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^(https?|postgresql|mysql|mariadb|oracle|dm|sftp|mqtts?|file)://")
    """Address without user and secret: http(s)://, postgresql://, mysql://, sftp://, mqtt(s)://, file://."""
    user: str = ""
    """Account, application id or client id."""
    auth: Literal["none", "key", "hmac", "oauth2", "basic", "password"] = "none"
    """none; key in a header; HMAC signature of each request; OAuth2 client credentials; user and password."""
    digest: Literal["sm3", "sha256"] = "sm3"
    """Digest of the HMAC signature."""
    header: str = "X-Api-Key"
    """Header of the key (auth key)."""
    token_path: str = "/oauth2/token"  # noqa: S105  a path
    """Where the token is fetched (auth oauth2), below the address."""
    rate: float = Field(default=5.0, gt=0, le=1000)
    """Requests per second at most."""
    timeout: float = Field(default=30.0, gt=0, le=3600)
    """Seconds to wait for an answer."""
    tries: int = Field(default=5, ge=1, le=20)
    """How often one request is tried before the pull of the feed ends with an error."""
    wait: float = Field(default=0.5, ge=0, le=60)
    """Seconds before the second try; each further wait is twice as long, at most a minute."""
    page_size: int | None = Field(default=None, ge=1, le=100_000)
    """Rows of a page, in place of the feed's own."""
    max_mb: int = Field(default=64, ge=1, le=4096)
    """Largest answer taken, in MiB."""
    proxy: str = ""
    """Address of a proxy (http://…) for HTTP connections."""
    ca: Path | None = None
    """Certificates (PEM) that vouch for the server, in place of the system's."""
    host_key: str = ""
    """Key of the SFTP server as in known_hosts (`ssh-ed25519 AAAA…`); empty: the user's known_hosts decides."""


class Settings(BaseSettings):
    """The settings of one deployment; each may be given as `YUHENG_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="YUHENG_", extra="forbid", frozen=True)

    name: str = "玉衡演示部署"
    """Name shown on pages and reports."""
    region: str = Field(default="410000", pattern=_REGION)
    """Region of duty, six digits; the whole deployment lies in it."""
    engine: Literal["duckdb", "spark"] = "duckdb"
    """What runs the SQL; `spark` needs the extra `yuheng[spark]` and Java."""
    threads: int = Field(default=0, ge=0)
    """Threads of DuckDB; 0 = all cores."""
    memory_limit: str = "6GB"
    """Memory cap of DuckDB, and the heap of a Spark on this machine; what does not fit spills to the folder `work`."""
    spark_master: str = "local[*]"
    """Address of the Spark master."""
    office_url: str = ""
    """SQLAlchemy address of the office database; empty = SQLite file `office.db` in the deployment."""
    keep_inbox: bool = False
    """True leaves delivered files in the inbox after they were landed."""
    connections: dict[str, Connection] = Field(default_factory=dict)
    """How sources are reached: a table `[connections.S-COURT]`, or `[connections."S-QUAL.recall"]` for one feed; see
    docs/connectors.md."""
    master_key: SecretStr | None = None
    """32 bytes as 64 hex digits; prefer the environment or the key file over yuheng.toml."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the deployment's file."""
        toml = settings_cls.model_config.get("toml_file")
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        return (*sources, TomlConfigSettingsSource(settings_cls)) if toml else sources


class Deployment:
    """A directory with one deployment: its settings and the places of its state."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings

    @property
    def inbox(self) -> Path:
        """Delivered files: inbox/<source>/<feed>/<file>."""
        return self.root / "inbox"

    @property
    def landing(self) -> Path:
        """Landed files, encrypted per batch."""
        return self.root / "landing"

    @property
    def lake(self) -> Path:
        """Root of the lake tables."""
        return self.root / "lake"

    @property
    def serving(self) -> Path:
        """Serving stores, one file per release."""
        return self.root / "serving"

    @property
    def content(self) -> Path:
        """The deployment's content overlay."""
        return self.root / "content"

    @property
    def work(self) -> Path:
        """Scratch space: spill files and unfinished extracts; may be deleted while nothing runs."""
        return self.root / "work"

    @property
    def office_url(self) -> str:
        """Address of the office database."""
        return self.settings.office_url or f"sqlite:///{self.root / 'office.db'}"

    def secret(self, name: str) -> str:
        """The secret of the connection `name` (password, key, client secret).

        Looked up in YUHENG_SECRET_<NAME, - and . as _>, then in keys/<name>.secret. Raises SettingsError naming both,
        or when others may read the file.
        """
        variable = SECRET_PREFIX + re.sub(r"[^A-Z0-9]", "_", name.upper())
        if variable in os.environ:
            return os.environ[variable].strip()
        path = self.root / "keys" / f"{name}.secret"
        if not path.is_file():
            raise SettingsError(
                f"no secret for the connection {name}: looked in {variable} and {path}.",
                todo="Set the variable, or write the secret into the file (mode 0600).",
            )
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path}: other users may read it.", todo=f"Run `chmod 600 {path}`.")
        return path.read_text(encoding="utf-8").strip()

    def master_key(self) -> bytes:
        """The master secret, 32 bytes.

        Raises SettingsError naming the places searched when there is none or it is malformed.
        """
        given = self.settings.master_key
        path = self.root / KEY_FILE
        if given is not None:
            text, where = given.get_secret_value(), "YUHENG_MASTER_KEY"
        elif path.is_file():
            text, where = path.read_text(encoding="ascii").strip(), str(path)
        else:
            raise SettingsError(
                f"no master key: looked in YUHENG_MASTER_KEY and {path}.",
                todo="Restore the key file from its backup; without it landed files cannot be read.",
            )
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != 32:
            raise SettingsError(f"{where}: the master key must be 64 hex digits (32 bytes).")
        return key


def create(root: Path, *, name: str = "", region: str = "410000") -> Deployment:
    """Make a deployment in `root` (new or empty folder): settings file, key file, folders.

    Repeating it on a deployment leaves what is there. Raises SettingsError, with nothing written, on a folder with
    other content or a region that is no code.
    """
    if not re.fullmatch(_REGION, region):
        raise SettingsError(f"region {region!r} is not six digits.", todo="Give a code of GB/T 2260, such as 410000.")
    _refuse_unknown_variables(os.environ)
    if root.exists() and not root.is_dir():
        raise SettingsError(f"{root} is a file.", todo="Name a folder.")
    if root.is_dir() and any(root.iterdir()) and not (root / FILE_NAME).exists():
        raise SettingsError(f"{root} is not empty and not a deployment.", todo="Name a new or empty folder.")
    for folder in ("inbox", "landing", "lake", "serving", "content", "work", "keys"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    key = root / KEY_FILE
    if not key.exists():
        descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(secrets.token_hex(32) + "\n")
    path = root / FILE_NAME
    if not path.exists():
        title = name or Settings.model_fields["name"].default
        path.write_text(_TEMPLATE.format(name=json.dumps(title, ensure_ascii=False), region=region), encoding="utf-8")
    return open_deployment(root)


def open_deployment(root: Path) -> Deployment:
    """The deployment in `root`. Raises SettingsError when there is none or its settings are wrong."""
    _refuse_unknown_variables(os.environ)
    path = root / FILE_NAME
    if not path.is_file():
        raise SettingsError(f"no deployment in {root}: {path} does not exist.", todo="Run `yuheng init DIR` first.")

    class Here(Settings):
        model_config = SettingsConfigDict(env_prefix="YUHENG_", extra="forbid", frozen=True, toml_file=path)

    try:
        return Deployment(root.resolve(), Here())
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            what = f"{path}: there is no setting {field!r}."
            raise SettingsError(what, todo=_instead(field, Settings.model_fields)) from error
        raise SettingsError(
            f"{path}: setting {field!r}: {first['msg']}.", todo=f"Mend it there or in {PREFIX}{field.upper()}."
        ) from error
    except ValueError as error:
        raise SettingsError(f"{path}: {error}.", todo="Mend the file's TOML.") from error


def _refuse_unknown_variables(environment: Iterable[str]) -> None:
    """A misspelt variable would leave its setting at the default without a word."""
    known = [*(f"{PREFIX}{name.upper()}" for name in Settings.model_fields), *COMMAND_VARIABLES]
    for name in sorted(environment):
        if name.upper().startswith(SECRET_PREFIX):
            continue
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise SettingsError(
                f"the environment variable {name} stands for no setting.", todo=f"{_instead(name, known)} Or unset it."
            )


def _instead(name: str, known: Iterable[str]) -> str:
    """What was meant, if that can be told, else everything there is."""
    given = list(known)
    folded = {word.casefold(): word for word in given}
    near = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.7)
    return f"Did you mean {folded[near[0]]}?" if near else f"Known: {', '.join(given)}."


_TEMPLATE = """# Settings of this deployment; every one may be overridden by YUHENG_<NAME>. Secrets do not belong here.
name = {name}
region = "{region}"
engine = "duckdb"          # or "spark"
memory_limit = "6GB"
"""

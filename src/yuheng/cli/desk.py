"""The office alone, for commands about people and decisions: neither content nor engine is loaded, which takes longer
than they do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yuheng.office import Office


@contextmanager
def office_of(directory: Path) -> Iterator[Office]:
    """The office of a deployment. Raises SettingsError or OfficeError when there is none, or the key is another one."""
    from yuheng.crypto import KeyRing
    from yuheng.office import open_office
    from yuheng.settings import open_deployment

    deployment = open_deployment(directory)
    audit_key = KeyRing(deployment.master_key()).key("audit")
    with open_office(deployment.office_url, audit_key=audit_key) as office:
        yield office

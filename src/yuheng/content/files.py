"""The files content is made of: the package's own, replaced or extended by a deployment's overlay."""

from __future__ import annotations

import hashlib
from pathlib import Path

from yuheng.errors import ContentError

ROOT = Path(__file__).parent
SUFFIXES = (".yaml", ".sql", ".csv")


class ContentFiles:
    """Relative path (POSIX) -> bytes of every content file, read once."""

    def __init__(self, data: dict[str, bytes]) -> None:
        self.data = dict(sorted(data.items()))

    @classmethod
    def read(cls, overlay: Path | None = None) -> ContentFiles:
        """The package's files; a file of the overlay replaces the one of the same relative path."""
        data = _read_tree(ROOT)
        if overlay is not None:
            if not overlay.is_dir():
                raise ContentError("the overlay is not a directory", path=overlay, todo="Create it or unset it.")
            data |= _read_tree(overlay)
        return cls(data)

    @property
    def version(self) -> str:
        """First 16 hex digits of SHA-256 over the sorted (path, bytes)."""
        digest = hashlib.sha256()
        for path, body in self.data.items():
            digest.update(f"{path}\0{len(body)}\0".encode())
            digest.update(body)
        return digest.hexdigest()[:16]

    def under(self, folder: str, suffix: str) -> list[str]:
        """Paths directly in `folder` that end with `suffix`, sorted."""
        return [p for p in self.data if p.startswith(f"{folder}/") and p.endswith(suffix) and p.count("/") == 1]

    def text(self, path: str) -> str:
        """A file as UTF-8 text."""
        try:
            return self.data[path].decode("utf-8")
        except UnicodeDecodeError as error:
            line = self.data[path][: error.start].count(b"\n") + 1
            raise ContentError("not UTF-8", path=path, line=line, todo="Save the file as UTF-8.") from error


def _read_tree(root: Path) -> dict[str, bytes]:
    return {
        p.relative_to(root).as_posix(): p.read_bytes()
        for p in root.rglob("*")
        if p.suffix in SUFFIXES and p.is_file() and not any(part.startswith(".") for part in p.relative_to(root).parts)
    }

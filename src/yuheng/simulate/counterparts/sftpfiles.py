"""What the SFTP counterpart lets in and shows; loaded only where asyncssh is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import asyncssh

_WRITING = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


def gate_of(user: str, secret: str) -> Callable[[], asyncssh.SSHServer]:
    """A server that lets in one user with one password."""

    class Gate(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (user, secret)

    return Gate


def files_of(folders: dict[str, str]) -> Callable[[asyncssh.SSHServerChannel[bytes]], asyncssh.SFTPServer]:
    """A view of the folders, and of nothing else; nothing in it can be changed."""

    class Files(asyncssh.SFTPServer):
        def map_path(self, path: bytes) -> bytes:
            shown = PurePosixPath("/" + path.decode().strip("/"))
            for folder, place in folders.items():
                inside = shown.parent == PurePosixPath(folder)
                if shown == PurePosixPath(folder) or (inside and shown.name == ".."):  # listings name both
                    return place.encode()
                if inside:
                    return str(Path(place) / shown.name).encode()
            raise asyncssh.SFTPNoSuchFile(f"no {shown} here")

        def realpath(self, path: bytes) -> bytes:
            return path

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            if pflags & _WRITING:
                raise asyncssh.SFTPPermissionDenied("read only")
            return super().open(path, pflags, attrs)

        def remove(self, path: bytes) -> None:
            raise asyncssh.SFTPPermissionDenied("read only")

        def rename(self, oldpath: bytes, newpath: bytes) -> None:
            raise asyncssh.SFTPPermissionDenied("read only")

    return Files

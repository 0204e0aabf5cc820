"""The command line of Yuheng."""

from yuheng.cli.main import app, main

__all__ = ["app", "main"]

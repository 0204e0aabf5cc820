"""The generated reference under docs/reference: everything that content, commands and settings say about themselves."""

from tools.reference.pages import FOLDER, drift, pages, write

__all__ = ["FOLDER", "drift", "pages", "write"]

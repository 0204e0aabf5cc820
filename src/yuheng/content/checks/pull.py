"""Pulls: what is fetched fits the feed's columns and can be written in its format."""

from __future__ import annotations

import re
from collections.abc import Iterator

from yuheng.content.checks.expressions import Loc
from yuheng.content.schema import ApiPull, Feed, FolderPull, MqttPull, SftpPull, TablePull, WebPull

_KINDS = ("csv", "jsonl")
_ENCODINGS = ("utf-8", "gb18030")
Found = tuple[Loc, str]


def pull_problems(feed: Feed) -> Iterator[Found]:
    """Every mistake of the feed's `pull`, with its place."""
    pull = feed.pull
    if pull is None or isinstance(pull, SftpPull | FolderPull):
        return
    yield from _format(feed)
    if isinstance(pull, WebPull):
        yield from _web(feed, pull)
        return
    yield from _names(feed, pull)
    if isinstance(pull, TablePull) and not pull.number and pull.key is None:
        yield ("pull", "mark"), "pull: rows with the same time need `key` to have an order"


def _format(feed: Feed) -> Iterator[Found]:
    """Rows become files the intake reads: the kind, the encoding and the name must be ones that can be written."""
    if feed.format.kind not in _KINDS or feed.format.encoding not in _ENCODINGS:
        yield ("format",), f"pull: rows are written as {' or '.join(_KINDS)} in {' or '.join(_ENCODINGS)}"
    if feed.pattern.count("*") != 1 or re.search(r"[?\[\]]", feed.pattern) or feed.pattern.endswith(".gz"):
        yield ("pattern",), "pull: the pattern needs one '*', where the range goes, and must not end with .gz"


def _names(feed: Feed, pull: ApiPull | TablePull | MqttPull) -> Iterator[Found]:
    for column in pull.rename:
        if column not in feed.columns:
            yield ("pull", "rename", column), f"pull.rename: no raw column {column!r}"
    for name in set(pull.rename.values()) & set(feed.columns) - set(pull.rename):
        yield ("pull", "rename"), f"pull.rename: {name!r} is a column of its own"
    for name in pull.envelope:
        if name in feed.columns:
            yield ("pull", "envelope"), f"pull.envelope: {name!r} is a column of the feed"


def _web(feed: Feed, pull: WebPull) -> Iterator[Found]:
    if left := [c for c in feed.columns if c not in pull.fields]:
        yield ("pull", "fields"), f"pull.fields: nothing for {', '.join(left)}"
    for name in pull.fields:
        if name not in feed.columns:
            yield ("pull", "fields", name), f"pull.fields: no raw column {name!r}"
    expressions = [("link", pull.link), ("next", pull.next)]
    expressions += [(f"fields.{name}.pattern", field.pattern) for name, field in pull.fields.items()]
    for where, expression in expressions:
        try:
            made = re.compile(expression or "()")
        except re.error as error:
            yield ("pull", *where.split(".")), f"pull.{where}: {expression!r} is no regular expression ({error})"
            continue
        if where.startswith("fields") and expression and made.groups < 1:
            yield ("pull", *where.split(".")), f"pull.{where}: {expression!r} has no group that is the value"

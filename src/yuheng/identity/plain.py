"""The SQL twin of `Wording.plain` and `Wording.arabic`: texts in bulk, the same on both engines."""

from __future__ import annotations

import re

from yuheng.content import ContentStore
from yuheng.content.schema import AddressGrammar
from yuheng.identity.staged import either
from yuheng.identity.wording import narrow
from yuheng.sql import literal


def plain(store: ContentStore, text: str) -> str:
    """SQL of `text` in half width, simplified, in capitals, without blanks and punctuation.

    Most texts need none of it; the table of characters is only tried on those that do.
    """
    rows = store.code_lists["old_character"]
    old = "".join(rows["local"].to_pylist()), "".join(rows["code"].to_pylist())
    ignored = store.rules(AddressGrammar).ignored
    table = {chr(code): new for code, new in narrow().items()}
    table |= {letter: letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"} | {"#": "号"}
    table = {sign: table.get(new, new) for sign, new in table.items()}  # ａ → a → A
    kept = {sign: new for sign, new in table.items() if sign not in ignored and new not in ignored}
    dropped = "".join(dict.fromkeys(ignored + "".join(sign for sign in table if sign not in kept)))
    simple = _moved(text, old[0], old[1])
    return _moved(simple, "".join(kept) + dropped, "".join(kept.values()))


def _moved(text: str, these: str, those: str) -> str:
    """`translate`, tried only where it changes something: it builds its table anew for every row."""
    seen = literal(f"[{re.sub(_SPECIAL, _ESCAPED, these)}]")
    moved = f"translate({text}, {literal(these)}, {literal(those)})"
    return f"case when regexp_matches({text}, {seen}) then {moved} else {text} end"


_SPECIAL, _ESCAPED = r"([\\\]\[^-])", r"\\\1"


def arabic(store: ContentStore, text: str) -> str:
    """SQL of `text` with Chinese numbers up to 99 as digits, as `Wording.arabic`."""
    grammar = store.rules(AddressGrammar)
    digit = "[一二三四五六七八九]"
    out = f"regexp_replace({text}, '({digit})十({digit})', '\\1\\2', 'g')"
    out = f"regexp_replace({out}, '十({digit})', '一\\1', 'g')"
    out = f"regexp_replace({out}, '({digit})十', '\\1〇', 'g')"
    out = f"regexp_replace({out}, {literal(f'十({either(grammar.counted)})')}, '10\\1', 'g')"
    moved = f"translate({out}, {literal(grammar.digits.from_)}, {literal(grammar.digits.to)})"
    return f"case when regexp_matches({text}, {literal(f'[十{grammar.digits.from_}]')}) then {moved} else {text} end"

"""The one file that knows where DuckDB and Spark differ and sqlglot does not say so.

Content SQL means what DuckDB answers. Each mend below rewrites a construct so that Spark answers the same; what cannot
be mended without knowing types is refused by `yuheng.sql.lint`. Every mend has a case in `tests/sql/test_parity.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlglot import exp

# DuckDB's trim removes the Unicode space separators (Zs), Spark's only U+0020.
_SPACES = "".join(map(chr, (0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)))

# DuckDB maps letters one by one; Java also turns one letter into several (ß into SS) and minds where a sigma stands.
_GROWING = "".join(c for c in map(chr, range(0x10000)) if len(c.upper()) > 1)
_GROWN = "".join(c.title() if len(c.title()) == 1 else c for c in _GROWING).replace("ß", "ẞ")
_PARKED = "".join(map(chr, range(0xF0000, 0xF0000 + len(_GROWING))))  # private use: no text holds them
_BLANKS = r"\t\n\f\r "
_NO_ESCAPE = "\x1f"

Mend = Callable[[exp.Expr], exp.Expr]


def for_duckdb(tree: exp.Expr) -> exp.Expr:
    """`tree` with the functions of ours spelt DuckDB's way. `tree` may be changed."""
    return _mended(tree, {exp.Anonymous: _hash63_duckdb})


def for_spark(tree: exp.Expr) -> exp.Expr:
    """`tree` with every construct rewritten that Spark would answer otherwise. `tree` may be changed."""
    return _mended(tree, _SPARK)


def _mended(tree: exp.Expr, mends: Mapping[type[exp.Expr], Mend]) -> exp.Expr:
    # Bottom up, so that a mend finds its operands mended and may wrap its own node without being asked again.
    for node in reversed(list(tree.walk())):
        mend = mends.get(type(node))
        new = mend(node) if mend else node
        if new is node:
            continue
        if node is tree:
            tree = new
        else:
            node.replace(new)
    return tree


def _md5_head(node: exp.Expr) -> exp.Expr:
    text = node.expressions[0].copy()
    return exp.func("substr", exp.func("md5", text), exp.Literal.number(1), exp.Literal.number(15))


def _hash63_duckdb(node: exp.Expr) -> exp.Expr:
    """hash63(text): the first 15 hexadecimal digits of MD5 as a BIGINT, 0 … 2^60 - 1."""
    if not _is_hash63(node):
        return node
    return exp.cast(exp.DPipe(this=exp.Literal.string("0x"), expression=_md5_head(node)), "BIGINT")


def _hash63_spark(node: exp.Expr) -> exp.Expr:
    if not _is_hash63(node):
        return node
    conv = exp.Anonymous(this="conv", expressions=[_md5_head(node), exp.Literal.number(16), exp.Literal.number(10)])
    return exp.cast(conv, "BIGINT")


def _is_hash63(node: exp.Expr) -> bool:
    return str(node.this).lower() == "hash63"


def _double(node: exp.Expr) -> exp.Expr:
    inner = node.unnest()
    if isinstance(inner, exp.Cast) and inner.to.is_type("DOUBLE"):
        return node.copy()
    return exp.cast(node.copy(), "DOUBLE")


def _division(node: exp.Expr) -> exp.Expr:
    """`/` is floating in DuckDB; Spark divides decimals as decimals and rounds them."""
    node.set("this", _double(node.this))
    return node


def _average(node: exp.Expr) -> exp.Expr:
    """avg is DOUBLE in DuckDB; Spark averages decimals to four more places."""
    if isinstance(node.this, exp.Distinct):
        node.this.set("expressions", [_double(part) for part in node.this.expressions])
    else:
        node.set("this", _double(node.this))
    return node


def _floor(node: exp.Expr) -> exp.Expr:
    """floor and ceil of a DOUBLE are BIGINT in Spark."""
    return node if isinstance(node.parent, exp.Cast) else exp.cast(node.copy(), "DOUBLE")


def _arg_extreme(node: exp.Expr) -> exp.Expr:
    """arg_max skips rows whose first argument is NULL in DuckDB only; max_by skips a NULL order in both."""
    present = node.this.copy().is_(exp.null()).not_()
    node.set("expression", exp.Case().when(present, node.expression.copy()))
    return node


def _trim(node: exp.Expr) -> exp.Expr:
    if node.args.get("expression") is None:
        node.set("expression", exp.Literal.string(_SPACES))
    return node


def _upper(node: exp.Expr) -> exp.Expr:
    """Letters Java would grow are parked while the others are raised."""
    raised = exp.Upper(this=_translated(node.this.copy(), _GROWING, _PARKED))
    return _translated(raised, _PARKED, _GROWN)


def _lower(node: exp.Expr) -> exp.Expr:
    node.set("this", _translated(node.this.copy(), "İΣ", "iσ"))
    return node


def _translated(text: exp.Expr, these: str, those: str) -> exp.Expr:
    return exp.func("translate", text, exp.Literal.string(these), exp.Literal.string(those))


def _like(node: exp.Expr) -> exp.Expr:
    """A backslash in a pattern stands for itself in DuckDB; Spark would take it as the escape sign."""
    plain = node.expression.is_string and "\\" not in node.expression.name
    if plain or isinstance(node.parent, exp.Escape):
        return node
    return exp.Escape(this=node.copy(), expression=exp.Literal.string(_NO_ESCAPE))


def _concat(node: exp.Expr) -> exp.Expr:
    """concat takes anything in DuckDB; the empty text that stands for NULL must not meet a number in Spark."""
    parts = [part if part.is_string else exp.cast(part.copy(), "VARCHAR") for part in node.expressions]
    node.set("expressions", parts)
    return node


def _regexp(node: exp.Expr) -> exp.Expr:
    if node.expression.is_string:
        node.set("expression", exp.Literal.string(_java_pattern(node.expression.name)))
    return node


def _regexp_replace(node: exp.Expr) -> exp.Expr:
    replacement = node.args.get("replacement")
    if replacement is not None and replacement.is_string:
        node.set("replacement", exp.Literal.string(_java_replacement(replacement.name)))
    return _regexp(node)


def _full_match(node: exp.Expr) -> exp.Expr:
    whole = exp.Literal.string(_java_pattern(f"^(?:{node.expression.name})$"))
    return exp.RegexpLike(this=node.this.copy(), expression=whole)


def _java_pattern(pattern: str) -> str:
    r"""RE2's pattern for java.util.regex: `$` is the very end, `.` stops at a line feed only, `\s` is without \v."""
    parts = re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", pattern, re.DOTALL)
    dotted = "(?d)" if "." in parts else ""
    return dotted + "".join(map(_java_part, parts))


def _java_part(part: str) -> str:
    if part.startswith("["):
        return part.replace(r"\s", _BLANKS)
    return {"$": r"\z", r"\s": f"[{_BLANKS}]", r"\S": f"[^{_BLANKS}]"}.get(part, part)


def _java_replacement(text: str) -> str:
    r"""RE2's `\1` is Java's `$1`; a dollar sign stands for itself in RE2 only."""
    return re.sub(r"\\(\d)", r"$\1", text.replace("$", r"\$"))


_SPARK: dict[type[exp.Expr], Mend] = {
    exp.Anonymous: _hash63_spark,
    exp.Div: _division,
    exp.Avg: _average,
    exp.Floor: _floor,
    exp.Ceil: _floor,
    exp.ArgMax: _arg_extreme,
    exp.ArgMin: _arg_extreme,
    exp.Trim: _trim,
    exp.Upper: _upper,
    exp.Lower: _lower,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Concat: _concat,
    exp.RegexpLike: _regexp,
    exp.RegexpExtract: _regexp,
    exp.RegexpReplace: _regexp_replace,
    exp.RegexpFullMatch: _full_match,
}

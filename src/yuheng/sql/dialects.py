"""The one file that knows where DuckDB and Spark differ and sqlglot does not say so."""

from __future__ import annotations

from sqlglot import exp


def for_duckdb(tree: exp.Expr) -> exp.Expr:
    """`hash63` in DuckDB: the first 15 hexadecimal digits of MD5 as a BIGINT (0 … 2^60-1)."""

    def replace(node: exp.Expr) -> exp.Expr:
        if _is_call(node, "hash63"):
            digits = exp.func(
                "substr", exp.func("md5", node.expressions[0]), exp.Literal.number(1), exp.Literal.number(15)
            )
            text = exp.DPipe(this=exp.Literal.string("0x"), expression=digits)
            return exp.cast(text, "BIGINT")
        return node

    return tree.transform(replace, copy=False)


def for_spark(tree: exp.Expr) -> exp.Expr:
    """`hash63` in Spark, and `try_cast` of text to DATE only for the ISO form, as DuckDB reads it."""

    def replace(node: exp.Expr) -> exp.Expr:
        if _is_call(node, "hash63"):
            digits = exp.func(
                "substr", exp.func("md5", node.expressions[0]), exp.Literal.number(1), exp.Literal.number(15)
            )
            conv = exp.Anonymous(this="conv", expressions=[digits, exp.Literal.number(16), exp.Literal.number(10)])
            return exp.cast(conv, "BIGINT")
        return node

    return tree.transform(replace, copy=False)


def _is_call(node: exp.Expr, name: str) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).lower() == name

"""A firm's name in parts: region, own name (字号), trade, legal form, branch. In SQL, for millions of names."""

from __future__ import annotations

from yuheng.content import ContentStore
from yuheng.content.schema import NameGrammar
from yuheng.identity.plain import plain
from yuheng.identity.regionsql import patterns
from yuheng.identity.staged import either, staged
from yuheng.sql import literal

NAME_PARTS = ("name_plain", "name_region", "name_brand", "name_trade", "name_form", "name_branch", "name_remark")
"""Columns `name_parts` adds; an absent part is an empty text."""


def name_parts(store: ContentStore, rows: str, column: str, *, home: str) -> str:
    """SELECT of the relation `rows` with the columns `NAME_PARTS` of the names in `column`.

    The own name has at least two characters where the name has them; what stands in brackets is a remark, unless it is
    a region (华光(河南)有限公司) or a legal form. `home` is the region of duty: there short forms of counties count.
    """
    grammar = store.rules(NameGrammar)
    province, city, county = patterns(store, home)
    region = [f"^(?:{level})" for level in (province, city, county)]
    inner = f"^(?:{province})?(?:{city})?(?:{county})?$"
    branches = [
        f"^(.+?(?:{either(heads)}))(.+(?:{either(grammar.branches)})|.*第[0-9一二三四五六七八九十百]+店)$"
        for heads in grammar.heads
    ]
    tails = ", ".join(f"nullif(regexp_extract(__flat, {literal(one)}, 2), '')" for one in branches)
    trades = {*grammar.trades, *store.code_lists["scope_word"]["word"].to_pylist()}
    form = f"(?:{either(grammar.forms)})$"
    whole = f"^(?:{either(grammar.forms)})$"
    ending = f"((?:{either(trades)})*)$"
    steps = (
        {"name_plain": f"coalesce({plain(store, column)}, '')"},
        {
            "__remark": "regexp_extract(name_plain, '[(]([^()]*)[)]', 1)",
            "__flat": "regexp_replace(name_plain, '[(][^()]*[)]?|[)]', '', 'g')",
        },
        {"name_branch": f"coalesce({tails}, '')"},
        {"__head": "substr(__flat, 1, length(__flat) - length(name_branch))"},
        {"__p": f"regexp_extract(__head, {literal(region[0])}, 0)"},
        {"__c": f"regexp_extract(substr(__head, length(__p) + 1), {literal(region[1])}, 0)"},
        {"__d": f"regexp_extract(substr(__head, length(__p) + length(__c) + 1), {literal(region[2])}, 0)"},
        {"__front": "__p || __c || __d"},
        {"__front_ok": "case when length(__head) - length(__front) >= 2 then __front else '' end"},
        {"__rest": "substr(__head, length(__front_ok) + 1)"},
        {"__form": f"regexp_extract(__rest, {literal(form)}, 0)"},
        {
            "__body": "substr(__rest, 1, length(__rest) - length(__form))",
            "__aside": f"case when __remark = '' then '' when regexp_matches(__remark, {literal(inner)}) then 'region' "
            f"when regexp_matches(__remark, {literal(whole)}) then 'form' else '' end",
        },
        {
            "name_region": "case when __aside = 'region' and __front_ok = '' then __remark else __front_ok end",
            "name_form": _same_form(
                grammar, "case when __form = '' and __aside = 'form' then __remark else __form end"
            ),
            "name_remark": "case when __aside = '' then __remark else '' end",
        },
        # Behind the first two characters, so that these belong to the own name whatever they are.
        {"name_trade": f"regexp_extract(substr(__body, 3), {literal(ending)}, 1)"},
        {"name_brand": "substr(__body, 1, length(__body) - length(name_trade))"},
    )
    return staged(rows, *steps)


def _same_form(grammar: NameGrammar, form: str) -> str:
    cases = " ".join(
        f"when {literal(other)} then {literal(same[0])}" for same in grammar.same_forms for other in same[1:]
    )
    return f"case {form} {cases} else {form} end"

"""What the real register of Henan leaves out, and what the repair rules put in its place: how much, how often wrong.

    python bench/registry_repair.py [--register FOLDER]        prints JSON

Legal form (企业类型): every row without one, by the rule of the macro `type_rule`. For the errors the value is hidden
on every row that has one, the same rules are applied, and what they say is compared with it: as the same code of
`ent_type`, and as the same form of organisation (company, branch, sole proprietor …). `own_capital` counts rows called
a branch, a proprietor or a partnership that register a capital all the same, the only other witness there is;
`states_parents_form` branches (name behind a parent's, no capital) for which the register writes the parent's form.

Capital (注册资金): no amount is ever inferred. A missing amount is explained where the legal form has none; how often
that would be wrong is told by the rows whose amount is known but hidden.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import duckdb
import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.lake import Engine, connect

REGISTRY = Path(__file__).parents[2] / "shared" / "data" / "henan_registry"

ROWS = """
select name, code, substr(code, 1, 2) as head, text_of(word) as word, text_of(capital) as capital,
  type_rule(name, word, code, capital) as rule, type_word(name, word, code, capital) as told,
  type_rule(name, null, code, capital) as blind_rule, type_word(name, null, code, capital) as blind,
  type_word(name, word, code, null) as without_capital
from register
"""
MISSING = """
select case when head = '91' then '企业 (91)' else '其他' end as part, coalesce(rule, 'NONE') as rule,
  count(*) as rows, count(capital) as with_capital
from told where word is null group by all order by 1, 3 desc, 2
"""
HIDDEN = """
select coalesce(t.blind_rule, 'NONE') as rule, count(*) as rows,
  cast(sum(case when b.code is null then 1 else 0 end) as bigint) as untold,
  cast(sum(case when b.code = k.code then 1 else 0 end) as bigint) as same_code,
  cast(sum(case when bf.org_form = kf.org_form then 1 else 0 end) as bigint) as same_form,
  cast(sum(case when has_capital(t.blind) = 0 and t.capital is not null then 1 else 0 end) as bigint) as own_capital,
  cast(sum(case when t.blind_rule = 'BRANCH' and kf.org_form in ('LTD', 'JOINT_STOCK') then 1 else 0 end) as bigint)
    as states_parents_form
from told t
join ent_type_name k on k.local = t.word left join ent_type kf on kf.code = k.code
left join ent_type_name b on b.local = t.blind left join ent_type bf on bf.code = b.code
group by all order by 2 desc, 1
"""
NO_CAPITAL = """
select case when has_capital(told) = 0 then 'HAS_NONE' when told is null then 'FORM_UNKNOWN' else 'MISSING' end as fate,
  coalesce(rule, 'NONE') as rule, count(*) as rows
from told where capital is null group by all order by 1, 3 desc, 2
"""
CAPITAL_HIDDEN = """
select has_capital(without_capital) as has_capital, count(*) as rows
from told where capital is not null and without_capital is not null group by all order by 1
"""


def register(folder: Path) -> pa.Table:
    """name, code, word (legal form), capital of every readable line, as raw as they came."""
    return (
        duckdb.connect()
        .sql(f"""
        select 企业名称 as name, nullif(upper(trim(统一社会信用代码)), 'N/A') as code, 企业类型 as word,
          注册资金 as capital
        from read_csv('{folder}/*.csv.gz', all_varchar = true, header = true, union_by_name = true, quote = '"',
                      ignore_errors = true)
    """)
        .to_arrow_table()
    )


def measure(engine: Engine) -> dict[str, object]:
    """All counts; `register`, `ent_type` and `ent_type_name` must be readable."""
    engine.define("told", ROWS, materialise=True)
    rows = engine.query("select count(*) as n, count(word) as typed, count(capital) as capital from told").to_pylist()[
        0
    ]
    missing = engine.query(MISSING).to_pylist()
    hidden = engine.query(HIDDEN).to_pylist()
    for row in hidden:
        told = row["rows"] - row["untold"]
        row["error_of_code"] = round(1 - row["same_code"] / told, 4) if told else None
        row["error_of_form"] = round(1 - row["same_form"] / told, 4) if told else None
    none = engine.query(NO_CAPITAL).to_pylist()
    known = {r["has_capital"]: r["rows"] for r in engine.query(CAPITAL_HIDDEN).to_pylist()}
    return {
        "rows": rows["n"],
        "type": {
            "missing": rows["n"] - rows["typed"],
            "repaired": sum(r["rows"] for r in missing if r["rule"] != "NONE"),
            "by_rule": missing,
            "hidden": hidden,
        },
        "capital": {
            "missing": rows["n"] - rows["capital"],
            "explained": sum(r["rows"] for r in none if r["fate"] == "HAS_NONE"),
            "by_fate_and_rule": none,
            "hidden": {"rows": sum(known.values()), "wrongly_called_without": known.get(0, 0)},
        },
    }


def main() -> None:
    """Measures the folder of the register."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--register", type=Path, default=REGISTRY)
    store = ContentStore.load()
    engine = connect(macros=store.macros, threads=2)
    engine.register("register", register(options.parse_args().register))
    for name in ("ent_type", "ent_type_name"):
        engine.register(name, store.code_lists[name])
    json.dump(measure(engine), sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()

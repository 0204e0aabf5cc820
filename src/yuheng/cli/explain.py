"""`yuheng explain`: one enterprise with grade, reasons, values and the records behind them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuheng.cli.output import NOBODY, Directory, Json, Looker, Why, day, emit, table

if TYPE_CHECKING:
    from yuheng.pipeline import Explained

RECORDS = 3
"""Records shown per indicator; `--json` has all."""


def explain(
    uscc: Annotated[str, typer.Argument(help="Credit code (USCC), or the register's identity (PRIPID).")],
    directory: Directory = Path(),
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="A rated day; default: the last one.")] = "",
    by: Looker = NOBODY,
    reason: Why = "",
    json: Json = False,
) -> None:
    """One enterprise: grade, reasons, indicators, their records. The look is written to the audit chain."""
    from yuheng.pipeline import Workspace
    from yuheng.pipeline import explain as explain_firm

    with Workspace.open(directory) as ws:
        found = explain_firm(ws, uscc, as_of=day(as_of) if as_of else None, by=by, reason=reason)
    emit(found.to_dict(), text(found), json=json)


def text(found: Explained) -> str:
    """The explanation as lines for people."""
    rated = found.rating.rated
    facts = found.facts
    head = [
        f"{facts['ent_name']}  {facts['uscc'] or '（无统一社会信用代码）'}",
        f"评价日 {found.as_of.isoformat()}  {found.grading.name_zh}  模型 {found.rating.model_version}",
        f"等级 {rated.grade_final}  得分 {_number(rated.score)}（原始分 {_number(rated.score_raw)}）  "
        f"高于 {found.percentile:.2f}% 的同类主体  指标覆盖 {rated.coverage:.0%}",
    ]
    if found.simulated:
        head.insert(1, "※ 依据含模拟数据，仅供演示与测试")
    if rated.grade_manual:
        head.append(f"人工调整 {rated.grade_manual}（模型等级 {rated.grade_model}）")
    if rated.national_grade:
        head.append(f"总局通用分类 {rated.national_grade}，合并等级 {rated.grade_merged}")
    parts = ["\n".join(head)]
    if found.rating.notes:
        parts.append("\n".join(found.rating.notes))
    if found.rating.overrides:
        parts.append("硬性规则：\n" + "\n".join(f"  {line}" for line in found.rating.overrides))
    parts.append("主要原因：\n" + "\n".join(f"  {n}. {line}" for n, line in enumerate(found.rating.reasons, 1)))
    parts.append(_indicators(found))
    return "\n\n".join(parts)


def _indicators(found: Explained) -> str:
    from yuheng.rating import written

    rows = [["指标", "值", "情形", "分", "贡献", "依据记录"]]
    for part in sorted(found.rating.parts, key=lambda p: -p.contribution):
        records = found.evidence.get(part.id, ())
        shown = "; ".join(_record(r) for r in records[:RECORDS])
        more = f" 等{len(records)}条" if len(records) > RECORDS else ""
        points = "" if part.points is None else str(part.points)
        value = written(part.value, part.unit, found.grading.sentences)
        rows.append([part.name_zh, value, _CASES[part.case], points, f"{part.contribution:.2f}", shown + more])
    return table(rows)


def _record(row: Mapping[str, object]) -> str:
    place = f"{row['src_file']} 第{row['src_row']}条，批次 {str(row['batch_id'])[-12:]}"
    return f"{row['source']} {row['source_key']}（{place}）"


_CASES = {
    "valued": "有值",
    "zero": "无记录计零",
    "missing": "无记录缺失",
    "null": "值缺失",
    "not_applicable": "不适用",
    "not_connected": "来源未接入",
}


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"

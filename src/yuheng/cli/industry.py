"""`yuheng intake industry`: the industry that name and scope tell, for a file or for the firms that lack one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuheng.cli.output import Json, day, emit, progress_bar, table
from yuheng.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from yuheng.content import ContentStore
    from yuheng.intake.industry import Agreement

_SHOWN = 20
_LEVELS_ZH = {"section": "门类", "division": "大类", "group": "中类", "class": "小类"}

Deployment = Annotated[Path | None, typer.Option("--dir", metavar="DIR", help="The deployment.", envvar="YUHENG_DIR")]


def industry(
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="Lines of name, scope and perhaps a label, between tabs."),
    ] = None,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Without a file: the day, 2026-06-30.")] = "",
    scope_only: Annotated[bool, typer.Option("--scope-only", help="Look at the scope alone.")] = False,
    directory: Deployment = None,
    json: Json = False,
) -> None:
    """Tell the GB/T 4754-2017 class of firms from name and business scope, with confidence.

    With --file for its lines, and how often that is right where they carry a label (a code of any level or its name).
    Without, for the firms of the deployment whose registration names no class, kept as table ent_industry.
    """
    if file is not None:
        _file(file, scope_only, directory, json=json)
    elif as_of:
        _deployment(as_of, directory or Path(), json=json)
    else:
        raise UsageError("neither a file nor a day was named.", todo="Give --file FILE, or --as-of DATE.")


def _file(path: Path, scope_only: bool, directory: Path | None, *, json: bool) -> None:
    from yuheng.content import ContentStore
    from yuheng.intake.industry import Classifier, agreement, of_labels

    rows = _read(path)
    store = ContentStore.load(directory / "content" if directory else None)
    judge = Classifier.of(store.code_lists)
    found = judge.predict(None if scope_only else rows["name"], rows["scope"])
    names = _names(store)
    codes = found["industry_code_pred"].to_pylist()
    lines = [
        {"name": n, "code": c, "name_zh": names.get(c or ""), "confidence": p, "division_confidence": d, "basis": b}
        for n, c, p, d, b in zip(
            rows["name"].to_pylist(), codes, *(found[k].to_pylist() for k in found.column_names[1:]), strict=True
        )
    ]
    data: dict[str, object] = {"rows": len(lines), "told": sum(c is not None for c in codes)}
    text = [table([["企业名称", "行业", "", "可信度"], *(_line(x) for x in lines[:_SHOWN])])]
    if len(lines) > _SHOWN:
        text.append(f"…… 共 {len(lines):,} 行，--json 列出全部。")
    if "label" in rows.column_names:
        given = rows["label"].to_pylist()
        labels = of_labels(given, store.code_lists["industry"])
        made = agreement(codes, found["industry_conf"].to_numpy(), labels, store.code_lists["industry"])
        unknown = sum(1 for raw, code in zip(given, labels, strict=True) if raw and code is None)
        data |= {"labelled": len(labels) - labels.count(None), "unknown_labels": unknown}
        data["accuracy"] = {a.level: a.accuracy for a in made}
        data["levels"] = [asdict(a) for a in made]
        text.append(_accuracy(made))
    emit(data | {"predictions": lines}, "\n\n".join(text), json=json)


def _line(row: dict[str, object]) -> list[str]:
    return [str(row["name"] or ""), str(row["code"] or "－"), str(row["name_zh"] or ""), f"{row['confidence']:.2f}"]


def _accuracy(made: list[Agreement]) -> str:
    rows = [["层级", "有标签", "判出", "正确率", "可信度≥0.8 覆盖", "正确率"]]
    for a in made:
        sure = next(c for c in a.by_confidence if c["from"] == 0.8)
        rows.append(
            [_LEVELS_ZH[a.level], f"{a.rows:,}", f"{a.told:,}", f"{a.accuracy:.1%}", f"{sure['coverage']:.1%}",
             f"{sure['accuracy']:.1%}"]
        )  # fmt: skip
    return table(rows)


def _read(path: Path) -> pa.Table:
    """The columns name, scope and, where there are three, label. Raises UsageError for anything else."""
    import pyarrow as pa
    from pyarrow import csv

    body = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if not body.strip():
        raise UsageError(
            f"{path} is empty.", todo="Write one firm per line: name, scope and perhaps a label, between tabs."
        )
    columns = ["name", "scope", "label"][: max(2, min(3, body.split(b"\n", 1)[0].count(b"\t") + 1))]
    try:
        body.decode("utf-8")
        return csv.read_csv(
            pa.BufferReader(body),
            read_options=csv.ReadOptions(column_names=columns),
            parse_options=csv.ParseOptions(delimiter="\t", quote_char=False),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string())),
        )
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start:,}).", todo="Save it as UTF-8.") from error
    except pa.ArrowInvalid as error:
        raise UsageError(
            f"{path}: {error}", todo="Every line needs the same two or three columns, between tabs."
        ) from error


def _names(store: ContentStore) -> dict[str, str]:
    rows = store.code_lists["industry"]
    return dict(zip(rows["code"].to_pylist(), rows["name_zh"].to_pylist(), strict=True))


def _deployment(as_of: str, directory: Path, *, json: bool) -> None:
    from yuheng.library import predict_industry
    from yuheng.pipeline import Workspace

    when = day(as_of)
    with Workspace.open(directory) as ws, ws.engine() as engine, progress_bar() as bar:
        bar("行业推断", 0, 1)
        made = predict_industry(engine, ws.lake, ws.store, when, leases=ws.lease)
        sections = engine.query(
            "select industry_sec_pred as section, count(*) as firms, "
            "sum(cast(case when industry_conf >= 0.8 then 1 else 0 end as bigint)) as sure "
            "from ent_industry group by industry_sec_pred order by industry_sec_pred nulls last"
        ).to_pylist()
    names = _names(ws.store)
    rows = [["门类", "", "主体", "可信度≥0.8"]]
    rows += [[s["section"] or "－", names.get(s["section"] or "", "判不出"), f"{s['firms']:,}", f"{s['sure']:,}"]
             for s in sections]  # fmt: skip
    head = f"登记未载明行业的主体 {made.firms:,} 户，判出 {made.told:,} 户" + ("（未变）。" if made.skipped else "。")
    data = {"as_of": when.isoformat(), "firms": made.firms, "told": made.told, "skipped": made.skipped}
    emit(data | {"sections": sections}, f"{head}\n\n{table(rows)}", json=json)

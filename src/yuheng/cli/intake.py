"""`yuheng intake`: take in deliveries, account for every record, replay the quarantine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yuheng import intake
from yuheng.cli.output import Directory, Json, emit, progress_bar, table
from yuheng.intake import FATES, FeedReport, IntakeReport
from yuheng.pipeline import Workspace

app = typer.Typer(help="Deliveries: land, map, check, quarantine, link.")
Source = Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be given several times.")]

_FATES_ZH = {
    "whole": "完好",
    "repaired": "修复",
    "withdrawn": "撤回",
    "duplicate": "重复",
    "superseded": "被更新",
    "out_of_population": "非本库主体",
    "quarantined": "隔离",
}


@app.command()
def add(
    source: Annotated[str, typer.Argument(help="The source, such as S-HNREG.")],
    paths: Annotated[list[Path], typer.Argument(help="Files or folders; they stay where they are.")],
    directory: Directory = Path(),
    json: Json = False,
) -> None:
    """Copy files from elsewhere into the inbox of the feed that expects them."""
    with Workspace.open(directory) as ws:
        added = intake.add_files(ws.deployment, ws.store, source, paths)
    emit({"files": [str(p) for p in added]}, f"{len(added)} 个文件放入收件箱。", json=json)


@app.command()
def run(directory: Directory = Path(), source: Source = None, json: Json = False) -> None:
    """Land the inbox and take every batch into its standard table."""
    with Workspace.open(directory) as ws, ws.engine() as engine, progress_bar() as bar:
        found = intake.run(ws.deployment, ws.office, ws.lake, engine, ws.store, sources=source, progress=bar)
    emit(shape(found), taken_text(found), json=json)


@app.command()
def replay(source: str, feed: str, directory: Directory = Path(), json: Json = False) -> None:
    """Read the quarantined records of a feed again after its mapping was mended."""
    with Workspace.open(directory) as ws, ws.engine() as engine, progress_bar() as bar:
        found = intake.replay(
            ws.deployment, ws.office, ws.lake, engine, ws.store, source=source, feed=feed, progress=bar
        )
    emit(shape(found), taken_text(found), json=json)


@app.command()
def report(directory: Directory = Path(), source: Source = None, json: Json = False) -> None:
    """What became of every record, which checks hit, and the quality of each feed."""
    with Workspace.open(directory) as ws:
        feeds = intake.report(ws.office, ws.store, sources=source)
    emit({"feeds": [_feed(f) for f in feeds]}, report_text(feeds), json=json)


def shape(found: IntakeReport) -> dict[str, object]:
    """A run as JSON."""
    counts = found.counts
    return {
        "files": len(found.landed),
        "repeated": sorted(x.file for x in found.landed if x.status == "repeated"),
        "refused": dict(found.refused),
        "strange": dict(found.strange),
        "records": sum(counts[f] for f in FATES),
        "fates": {f: counts[f] for f in FATES},
        "links": {k.removeprefix("link:"): n for k, n in sorted(counts.items()) if k.startswith("link:")},
    }


def taken_text(found: IntakeReport) -> str:
    """A run as lines for people."""
    counts = found.counts
    total = sum(counts[f] for f in FATES)
    fates = "，".join(f"{_FATES_ZH[f]} {counts[f]:,}" for f in FATES if counts[f])
    lines = [f"入库：{len(found.landed)} 个文件，{total:,} 条记录" + (f"：{fates}" if fates else "")]
    repeated = sum(x.status == "repeated" for x in found.landed)
    if repeated:
        lines.append(f"重复送达（已入库，跳过）：{repeated} 个文件")
    lines += [f"拒收 {batch}：{why}" for batch, why in found.refused.items()]
    lines += [f"不识别 {name}：{why}" for name, why in found.strange.items()]
    return "\n".join(lines)


def report_text(feeds: list[FeedReport]) -> str:
    """The accounts of all feeds as a table, then the checks that hit."""
    if not feeds:
        return "还没有入库任何数据。"
    rows = [["来源", "表", "批次", "记录", *(_FATES_ZH[f] for f in FATES), "质量"]]
    for f in feeds:
        worst = min(f.quality.values())
        fates = [f"{f.fates[fate]:,}" for fate in FATES]
        rows.append([f"{f.source}.{f.feed}", f.table, str(f.batches), f"{f.records:,}", *fates, f"{worst:.2%}"])
    hits = [["来源", "检查", "处理", "维度", "记录", "说明"]]
    hits += [
        [f"{f.source}.{f.feed}", c.code, c.action, c.dimension, f"{c.records:,}", c.text]
        for f in feeds
        for c in f.checks
    ]
    refused = [f"拒收 {f.source}.{f.feed} {name}：{why}" for f in feeds for name, why in f.refused]
    return "\n\n".join([table(rows), table(hits), *refused])


def _feed(feed: FeedReport) -> dict[str, object]:
    return {**vars(feed), "checks": [vars(c) for c in feed.checks], "refused": dict(feed.refused)}

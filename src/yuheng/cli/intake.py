"""`yuheng intake`: take in deliveries, account for every record, replay the quarantine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from yuheng.cli import pull
from yuheng.cli.desk import office_of
from yuheng.cli.industry import industry
from yuheng.cli.output import By, Directory, Json, emit, known, meant, progress_bar, table
from yuheng.errors import IntakeError, UsageError

if TYPE_CHECKING:
    from yuheng.intake import FeedReport, IntakeReport
    from yuheng.pipeline import Workspace

app = typer.Typer(help="Deliveries: land, map, check, quarantine, link.")
Source = Annotated[
    list[str] | None, typer.Option("--source", metavar="ID", help="Only this source; may be given several times.")
]

State = Literal["landed", "mapped", "taken", "refused"]
_STATES = {"landed": "已接收", "mapped": "处理中", "taken": "已入库", "refused": "拒收"}
_BATCH = ("id", "source", "feed", "file", "sha256", "size", "received", "records", "state", "reason")
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
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATHS...", help="Files or folders; they stay where they are.")
    ],
    directory: Directory = Path(),
    json: Json = False,
) -> None:
    """Copy files into the inbox of the feed that expects them."""
    from yuheng import intake
    from yuheng.pipeline import Workspace

    with Workspace.open(directory) as ws:
        added = intake.add_files(ws.deployment, ws.store, source, paths)
    emit({"files": [str(p) for p in added]}, f"{len(added)} 个文件放入收件箱。", json=json)


@app.command()
def run(
    directory: Directory = Path(),
    source: Source = None,
    no_pull: Annotated[bool, typer.Option("--no-pull", help="Only what lies in the inbox.")] = False,
    json: Json = False,
) -> None:
    """Pull from the sources with a connection, land the inbox and take every batch into its standard table."""
    from yuheng import intake
    from yuheng.intake.pull import PullReport, pull_all
    from yuheng.pipeline import Workspace

    with Workspace.open(directory) as ws, progress_bar() as bar:
        known("source", source or (), ws.store.sources)
        pulled = PullReport()
        if not no_pull:
            pulled = pull_all(ws.deployment, ws.office, ws.store, sources=source, progress=bar)
        with ws.engine() as engine:
            found = intake.run(ws.deployment, ws.office, ws.lake, engine, ws.store, sources=source, progress=bar)
    lines = [taken_text(found), *([pull.pull_text(pulled)] if pulled.feeds else [])]
    emit({**shape(found), "pulled": pull.pull_shape(pulled)}, "\n".join(lines), json=json)
    if pulled.failed:
        raise typer.Exit(1)


app.command("pull")(pull.pull)
app.command("industry")(industry)
app.command("test")(pull.try_out)


@app.command()
def replay(
    source: Annotated[str, typer.Argument(help="The source, such as S-PUN.")],
    feed: Annotated[str, typer.Argument(help="Its feed, such as penalty.")],
    directory: Directory = Path(),
    json: Json = False,
) -> None:
    """Read quarantined records again after a mapping was mended."""
    from yuheng import intake
    from yuheng.pipeline import Workspace

    with Workspace.open(directory) as ws, progress_bar() as bar:
        _feed_of(ws, source, feed)
        with ws.engine() as engine:
            found = intake.replay(
                ws.deployment, ws.office, ws.lake, engine, ws.store, source=source, feed=feed, progress=bar
            )
    emit(shape(found), taken_text(found), json=json)


@app.command()
def report(directory: Directory = Path(), source: Source = None, json: Json = False) -> None:
    """What became of every record, which checks hit, how good it was."""
    from yuheng import intake
    from yuheng.pipeline import Workspace

    with Workspace.open(directory) as ws:
        known("source", source or (), ws.store.sources)
        feeds = intake.report(ws.office, ws.store, sources=source)
    emit({"feeds": [_feed(f) for f in feeds]}, report_text(feeds), json=json)


def shape(found: IntakeReport) -> dict[str, object]:
    """A run as JSON."""
    from yuheng.intake import FATES

    counts = found.counts
    return {
        "files": len(found.landed),
        "repeated": sorted(x.file for x in found.landed if x.status == "repeated"),
        "empty": sorted(x.file for x in found.landed if x.status == "empty"),
        "refused": dict(found.refused),
        "strange": dict(found.strange),
        "records": sum(counts[f] for f in FATES),
        "fates": {f: counts[f] for f in FATES},
        "links": {k.removeprefix("link:"): n for k, n in sorted(counts.items()) if k.startswith("link:")},
    }


def taken_text(found: IntakeReport) -> str:
    """A run as lines for people."""
    from yuheng.intake import FATES

    counts = found.counts
    total = sum(counts[f] for f in FATES)
    fates = "，".join(f"{_FATES_ZH[f]} {counts[f]:,}" for f in FATES if counts[f])
    lines = [f"入库：{len(found.landed)} 个文件，{total:,} 条记录" + (f"：{fates}" if fates else "")]
    repeated = sum(x.status == "repeated" for x in found.landed)
    if repeated:
        lines.append(f"重复送达（已入库，跳过）：{repeated} 个文件")
    empty = sum(x.status == "empty" for x in found.landed)
    if empty:
        lines.append(f"空文件（没有记录）：{empty} 个")
    lines += [f"拒收 {batch}：{why}" for batch, why in found.refused.items()]
    lines += [f"不识别 {name}：{why}" for name, why in found.strange.items()]
    return "\n".join(lines)


def report_text(feeds: list[FeedReport]) -> str:
    """The accounts of all feeds as a table, then the checks that hit."""
    from yuheng.intake import FATES

    if not feeds:
        return "还没有入库任何数据。"
    rows = [["来源", "表", "批次", "记录", *(_FATES_ZH[f] for f in FATES), "最低质量"]]
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


@app.command()
def batches(
    directory: Directory = Path(),
    source: Source = None,
    state: Annotated[State | None, typer.Option(help="Only in this state.")] = None,
    json: Json = False,
) -> None:
    """Every landed file with its batch, its state and its number of records."""
    with office_of(directory) as office:
        found = [b for b in office.batches.list(state=state) if not source or b.source in source]
    rows = [["批次", "文件", "收到", "状态", "记录", "密钥"]]
    for b in found:
        records = "" if b.records is None else f"{b.records:,}"
        rows.append([b.id, b.file, b.received.isoformat(), _STATES[b.state], records, "已销毁" if b.shredded else ""])
    data = [{n: getattr(b, n) for n in _BATCH} | {"shredded": b.shredded} for b in found]
    emit({"batches": data}, table(rows) if found else "还没有入库任何数据。", json=json)


@app.command()
def shred(
    batch: Annotated[str, typer.Argument(help="The batch, such as S-PUN.penalty.0123456789ab.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why; it is written to the audit chain.")],
    directory: Directory = Path(),
    json: Json = False,
) -> None:
    """Destroy the key of a landed delivery. Its sealed copy can never be read again; there is no way back.

    Records already taken stay in the standard tables; how they are erased is told in docs/operations.md, Erasure.
    """
    with office_of(directory) as office, office.leases.hold("intake"):
        found = office.batches.get(batch)
        if found.state not in ("taken", "refused"):
            raise UsageError(
                f"batch {batch} was landed, but not taken yet.", todo="Run `yuheng intake run` first, then shred it."
            )
        found = office.batches.shred(batch, by=by, reason=reason)
    lines = [f"{found.id}（{found.file}）的密钥已销毁，原始文件不可再读。"]
    if found.state == "taken" and found.records:
        lines.append("已入库的记录仍在标准表中；如须一并删除，见 docs/operations.md 的 Erasure 一节。")
    data = {"batch": found.id, "source": found.source, "feed": found.feed, "file": found.file, "shredded": True}
    emit({**data, "records": found.records}, "\n".join(lines), json=json)


def _feed_of(ws: Workspace, source: str, feed: str) -> None:
    """Raises IntakeError for a source or feed that neither the content nor any batch knows."""
    declared = ws.store.sources.get(source)
    feeds = [f.id for f in declared.feeds] if declared else []
    if feed in feeds or ws.office.batches.list(source=source, feed=feed):
        return
    if declared is None:
        raise IntakeError(f"no source {source!r} in the content.", path=source, todo=meant(source, ws.store.sources))
    raise IntakeError(f"no feed {feed!r} in {source}.", path=f"{source}.{feed}", todo=meant(feed, feeds))


def _feed(feed: FeedReport) -> dict[str, object]:
    return {**vars(feed), "checks": [vars(c) for c in feed.checks], "refused": dict(feed.refused)}

"""Yuheng 玉衡: an open, self-hosted smart-supervision centre for market regulators.

>>> import yuheng
>>> callable(yuheng.open)
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yuheng.pipeline.api import open_deployment as open  # noqa: A004

__all__ = ["open"]


def __getattr__(name: str) -> object:
    # The floors below import this package too; the API at the top is loaded when it is asked for.
    if name == "open":
        from yuheng.pipeline.api import open_deployment

        return open_deployment
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

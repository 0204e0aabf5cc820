"""The outside world, played: a synthetic province with known truth, delivered as the source systems deliver."""

from yuheng.simulate.runner import Summary, last_month_end, simulate

__all__ = ["Summary", "last_month_end", "simulate"]

"""Pulling: what a source system holds becomes delivery files in the inbox, from where the intake takes them."""

from yuheng.intake.pull.check import FeedTest, try_source
from yuheng.intake.pull.connector import Connector, Context, Fetched, Finding, Mark, connector_for
from yuheng.intake.pull.pull import Pulled, PullReport, pull_all

__all__ = [
    "Connector",
    "Context",
    "FeedTest",
    "Fetched",
    "Finding",
    "Mark",
    "PullReport",
    "Pulled",
    "connector_for",
    "pull_all",
    "try_source",
]

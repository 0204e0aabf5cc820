"""Clients of the transports over which source systems are reached, with their retries, rates and limits."""

from yuheng.transport.address import serves, split_url
from yuheng.transport.http import Answer, HttpClient
from yuheng.transport.rate import Bucket, bucket_of
from yuheng.transport.retry import Again, Schedule, retrying

__all__ = ["Again", "Answer", "Bucket", "HttpClient", "Schedule", "bucket_of", "retrying", "serves", "split_url"]

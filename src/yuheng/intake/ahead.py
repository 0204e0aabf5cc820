"""Reading ahead: an iterator worked through by a thread of its own while the caller deals with what came before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import Full, Queue
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T], size: int) -> Iterator[T]:
    """The same items in the same order, at most `size` of them waiting. What `items` raises is raised here."""
    queue: Queue[tuple[T | None, BaseException | None, bool]] = Queue(size)
    stop = threading.Event()

    def put(entry: tuple[T | None, BaseException | None, bool]) -> bool:
        while not stop.is_set():
            try:
                queue.put(entry, timeout=0.2)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put((item, None, False)):
                    return
            put((None, None, True))
        except BaseException as error:  # handed to the caller's thread
            put((None, error, True))

    thread = threading.Thread(target=work, name="intake reader", daemon=True)
    thread.start()
    try:
        while True:
            item, error, last = queue.get()
            if error is not None:
                raise error
            if last:
                return
            yield item  # type: ignore[misc]
    finally:
        stop.set()
        thread.join()

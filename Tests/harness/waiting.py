"""Waiting for conditions, with deadlines."""

import time


def until(condition, seconds=10.0, what="the condition", every=0.05):
    """Returns the first true value of `condition()`; raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(every)


def stays(condition, seconds, what="the condition", every=0.1):
    """Checks that `condition()` is true all through `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"no longer: {what}"
        time.sleep(every)

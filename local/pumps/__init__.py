"""Moves events to functions as Lambda's event source mappings do: from queues and from tables' streams.

As on AWS, delivery is at least once: what a function failed on comes again.
"""

from local.pumps.pumping import pumping

__all__ = ["pumping"]

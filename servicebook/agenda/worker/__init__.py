"""The worker: fires what is due, in due order, each exactly once.

`run_due` does it in this process until nothing is due, for tests and the simulator;
`servicebook worker` runs it for ever, with the other loops that apps register.
"""

from servicebook.agenda.worker.drain import run_due
from servicebook.agenda.worker.waking import wake

__all__ = ["run_due", "wake"]

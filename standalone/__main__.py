"""``casquillo``: the command. Its parts are read in without looking for rubbish in between: a third of that time."""

import gc
import sys
import time

_BEGAN = time.monotonic()
gc.disable()

from standalone import commands  # noqa: E402  (the whole point is what comes first)

gc.freeze()
gc.enable()


def main() -> int:
    """The exit code of the command that was typed."""
    return commands.main(began=_BEGAN)


if __name__ == "__main__":
    sys.exit(main())

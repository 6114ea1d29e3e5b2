"""A mail server that sends none: it takes what it is given on this machine, and keeps the last of it in memory.

python -m evenhand.adapters.smtp_mail.sandbox --port 8025
"""

import argparse
import threading
from collections import deque
from typing import Any

from aiosmtpd.controller import Controller

KEPT = 1_000


class Taken:
    """What it took last, as it came over the line."""

    def __init__(self) -> None:
        self.mails: deque[bytes] = deque(maxlen=KEPT)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002
        """Take a mail."""
        self.mails.append(envelope.original_content)
        return "250 taken"


def main() -> None:
    """Listen until it is ended."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("--port", type=int, required=True)
    chosen = options.parse_args()
    Controller(Taken(), hostname="127.0.0.1", port=chosen.port).start()
    print(chosen.port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()

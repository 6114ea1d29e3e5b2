"""What the sandboxes of adapters share: servers on loopback that play an outside thing, and tell what came of it."""

import argparse
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from evenhand.adapters.signed import signed

UNDERSTOOD = (204, 403, 404, 422)  # or never to be
TRIES, TRY_SECONDS = 60, 1.0


class Loopback(ThreadingHTTPServer):
    """A server on this machine, which does some things aside; whoever closes it waits for them."""

    daemon_threads = True

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self._closing = threading.Event()
        self._aside: list[threading.Thread] = []

    def aside(self, do: Callable[..., object], *given: object) -> None:
        """Do something beside the answers."""
        thread = threading.Thread(target=do, args=given, daemon=True)
        self._aside = [*(one for one in self._aside if one.is_alive()), thread]
        thread.start()

    def pause(self, seconds: float) -> bool:
        """Wait; returns whether the server is being closed, so that nothing more is to be tried."""
        return self._closing.wait(seconds)

    def server_close(self) -> None:
        """Stop, and wait for what is being done aside."""
        self._closing.set()
        super().server_close()
        for thread in self._aside:
            thread.join()

    @contextmanager
    def serving(self) -> Iterator[Self]:
        """Serve from a thread of this process for as long as somebody wants it."""
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield self
        finally:
            self.shutdown()
            self.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def listen(self) -> None:
        """Print the port, and serve until ended."""
        print(self.server_address[1], flush=True)
        self.serve_forever()


class Telling(Loopback):
    """One that tells what became of what it took, signed, and keeps how it was answered."""

    secret: str
    answers: list[int]

    def until_understood(self, url: str, said: Mapping[str, Any]) -> None:
        """Tell it again for as long as nobody understands it."""
        for _ in range(TRIES):
            if self.post(url, said, self.secret, datetime.now(UTC)) in UNDERSTOOD:
                return
            if self.pause(TRY_SECONDS):
                return

    def post(self, url: str, said: Mapping[str, Any], secret: str, at: datetime) -> int:
        """Tell it once; returns the status of the answer, 0 where there was none."""
        body = json.dumps(said).encode()
        headers = {"Content-Type": "application/json"} | signed(secret, body, at=at)
        try:
            with urlopen(Request(url, body, headers), timeout=10) as answer:  # noqa: S310
                status = int(answer.status)
        except HTTPError as error:
            status = error.code
        except OSError:
            status = 0
        self.answers.append(status)
        return status


class Answering(BaseHTTPRequestHandler):
    """Answers in one piece and logs nothing: what is asked holds numbers, texts and payments."""

    def answer(self, status: int, text: str = "", kind: str = "application/json") -> None:
        """Answer with a text."""
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is logged."""


def options_of(
    about: str | None, modes: tuple[str, ...], *, shared: str = "--secret"
) -> argparse.ArgumentParser:
    """The options every sandbox has: its port, what it shares with who asks, and how it behaves."""
    options = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("--port", type=int, default=0, help="none: one that is free")
    options.add_argument(shared, required=True)
    options.add_argument("--mode", choices=modes, default="plain")
    return options

"""Serves metrics over HTTP."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

Encode = Callable[[str | None], tuple[str, bytes]]

MAX_CONNECTIONS: Final = 32
"""Connections served at once; further ones are closed."""

DEADLINE: Final = 30.0
"""Seconds that a connection may last."""

GRACE: Final = 1.0
"""Seconds that answers under way may take once the server stops."""


class MetricsServer:
    """A running metrics server, which answers ``GET`` and ``HEAD`` on ``/metrics``."""

    def __init__(self, encode: Encode, address: int | str) -> None:
        """Start to serve on a port of all interfaces, or on ``host:port``.

        Port 0 takes any free port; ``port`` tells which.

        Raises:
            ValueError: If the address cannot be understood.
            OSError: If it cannot be bound.
        """
        self._server = _Server(encode, *_place(address))
        self.port: Final[int] = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.2},
            name="metrics-server",
            daemon=True,
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the metrics are, as seen from this machine."""
        host = str(self._server.server_address[0])
        if host in ("0.0.0.0", "::"):
            host = "localhost"
        elif ":" in host:
            host = f"[{host}]"
        return f"http://{host}:{self.port}/metrics"

    def stop(self) -> None:
        """Refuse further connections, and let the answers under way finish."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.wait(GRACE)

    def __enter__(self) -> Self:
        """The server itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, encode: Encode, host: str, port: int) -> None:
        self.encode = encode
        self._slots = threading.Semaphore(MAX_CONNECTIONS)
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)

    def process_request(self, request: object, client_address: object) -> None:
        if self._slots.acquire(blocking=False):
            super().process_request(request, client_address)  # type: ignore[arg-type]
        else:
            self.shutdown_request(request)  # type: ignore[arg-type]

    def process_request_thread(self, request: object, client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type]
        finally:
            self._slots.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is nobody's business."""

    def wait(self, seconds: float) -> None:
        """Wait until nobody is served, but not for longer than this."""
        end = time.monotonic() + seconds
        for _ in range(MAX_CONNECTIONS):
            left = max(0.0, end - time.monotonic())
            if not self._slots.acquire(timeout=left):
                return


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 2.0

    def setup(self) -> None:
        # A client may send a byte now and then: that is no reason to wait for ever.
        self._late = threading.Timer(DEADLINE, self._cut)
        self._late.daemon = True
        self._late.start()
        super().setup()

    def finish(self) -> None:
        self._late.cancel()
        super().finish()

    def _cut(self) -> None:
        try:
            self.request.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self._plain(HTTPStatus.NOT_FOUND, "Metrics are at /metrics.\n")
            return
        accept = ",".join(self.headers.get_all("Accept") or [])
        content_type, body = self.server.encode(accept)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Vary", "Accept")
        self.end_headers()
        if self.command != "HEAD":
            # No shorter than the deadline, which the timer of `setup` keeps: slow readers are no silent ones.
            self.connection.settimeout(DEADLINE)
            self.wfile.write(body)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        self._plain(HTTPStatus.METHOD_NOT_ALLOWED, "Use GET or HEAD.\n")

    do_DELETE = do_PATCH = do_PUT = do_OPTIONS = do_POST

    def _plain(self, status: HTTPStatus, text: str) -> None:
        self.send_response(status)
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are not worth a line each."""


def _place(address: int | str) -> tuple[str, int]:
    if isinstance(address, int):
        return "0.0.0.0", address
    parts = re.fullmatch(r"(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})", address)
    if parts is None:
        message = f'"{address}" is no address such as "0.0.0.0:9100"'
        raise ValueError(message)
    return parts[1] or parts[2] or "0.0.0.0", int(parts[3])

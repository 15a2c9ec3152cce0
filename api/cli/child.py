"""Be one child process of ``wangge serve``: a web server on a given socket, or the scheduler.

A child ends when its parent does, even when the parent had no chance to say so (kill -9): it
holds the reading end of a pipe whose writing end only the parent has.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import threading
import time

from api.cli.quick_start import reading_code

_GRACE_S = 10.0


def main() -> None:
    """Read what kind of child to be from the command line and be it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("web", "scheduler"))
    parser.add_argument("--alive", type=int, required=True, help="pipe that ends with the parent")
    parser.add_argument("--socket", type=int, default=-1, help="listening socket (web)")
    parser.add_argument("--tls-cert", help="certificate chain to speak HTTPS with (web)")
    parser.add_argument("--tls-key", help="its private key (web)")
    chosen = parser.parse_args()
    threading.Thread(target=end_with_parent, args=(chosen.alive,), daemon=True).start()
    if chosen.kind == "web":
        _serve(chosen.socket, chosen.tls_cert, chosen.tls_key)
    else:
        with reading_code():
            from api.scheduler import run
        run()


def _serve(descriptor: int, tls_cert: str | None, tls_key: str | None) -> None:
    with reading_code():
        import uvicorn

        # uvicorn would read it later, by its name, and look for garbage meanwhile.
        import api.app  # noqa: F401
        from api.straight_protocol import StraightProtocol
    config = uvicorn.Config(
        "api.app:create_server",
        factory=True,
        access_log=False,
        server_header=False,
        ws="none",
        http=StraightProtocol,
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
        # Open event streams would hold a stopping server for ever.
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


def end_with_parent(alive: int) -> None:
    """Wait until the pipe ``alive`` ends with the parent, then end this process, gently first."""
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    os._exit(1)


if __name__ == "__main__":
    main()

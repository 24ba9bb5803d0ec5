"""Serves fakeredis over TCP: ``python fake_redis.py HOST PORT``, until SIGTERM. Where no Redis program is to be had."""

import signal
import sys
import threading

from fakeredis import TcpFakeServer


def main(host: str, port: str) -> None:
    server = TcpFakeServer((host, int(port)), server_type="redis", bind_and_activate=True)
    # shutdown() waits for serve_forever() to end, so it must not be called by the thread that serves.
    signal.signal(signal.SIGTERM, lambda _number, _frame: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main(*sys.argv[1:])

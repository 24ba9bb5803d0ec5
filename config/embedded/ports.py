"""Free TCP ports on this machine's own address."""

import socket

HOST = "127.0.0.1"


def free_port(preferred: int = 0) -> int:
    """Returns `preferred` if nothing listens there, else a free port that the system chooses."""
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As the servers do: a port whose connections are still closing is free to listen on.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"No free port on {HOST}")

"""Which port to listen on: the one asked for, or on a shared machine the next free one, and saying so."""

import errno
import socket
from contextlib import suppress

import psutil

from kit.problems import Problem

_TRIES = 200


def free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def holder(port: int) -> str:
    """Who listens there, as far as we may know: ` (program, pid 12)` or nothing."""
    with suppress(psutil.Error, OSError):
        for found in psutil.net_connections("tcp"):
            if found.status == psutil.CONN_LISTEN and found.laddr and found.laddr.port == port and found.pid:
                return f" ({psutil.Process(found.pid).name()}, pid {found.pid})"
    return ""


def listens(pid: int, port: int) -> bool:
    """Whether that very process listens there, and not another that was quicker to take the port."""
    with suppress(psutil.Error):
        for found in psutil.Process(pid).net_connections("tcp"):
            if found.status == psutil.CONN_LISTEN and found.laddr and found.laddr.port == port:
                return True
    return False


def claim(port: int, role: str, setting: str, host: str = "127.0.0.1") -> int:
    """The port, which somebody asked for by a setting. Raises Problem("port_busy") naming who has it."""
    if not free(port, host):
        raise Problem("port_busy", port=port, role=role, holder=holder(port), setting=setting)
    return port


def next_free(port: int, host: str = "127.0.0.1", taken: frozenset[int] = frozenset()) -> int:
    """The port or the first free one after it, for defaults nobody asked for."""
    for candidate in range(port, min(port + _TRIES, 65_536)):
        if candidate not in taken and free(candidate, host):
            return candidate
    return any_free(host)


def any_free(host: str = "127.0.0.1") -> int:
    """A port that the system chooses."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])

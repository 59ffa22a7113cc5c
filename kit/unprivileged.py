"""Runs a command as another user: `python unprivileged.py UID GID passage|plain follow|stay COMMAND…`.

PostgreSQL refuses to run as root.

When that user cannot enter the folders above the project (a checkout under /root, say), nothing above the project
is opened up: on Linux the command keeps the one privilege of passing through them (CAP_DAC_OVERRIDE). It is a script
of its own, without imports of this project, because root must not start threads before it steps down.
"""

import ctypes
import os
import signal
import struct
import sys

_CAP_DAC_OVERRIDE = 1
_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 8, 47, 2
_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP = 28, 4
_CAPABILITY_VERSION_3 = 0x20080522


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def keep_passage() -> None:
    """Keeps the privilege over the change of user, and lets `access(2)` count it, by which PostgreSQL looks."""
    _libc().prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    _libc().prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)


def raise_passage() -> None:
    """Hands the kept privilege, and no other, on to the command; without it the command finds closed doors."""
    libc, mask = _libc(), 1 << _CAP_DAC_OVERRIDE
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    if libc.capset(header, struct.pack("<6I", mask, mask, mask, 0, 0, 0)) == 0:
        libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)


def follow_parent(parent: int) -> None:
    """Ends the command with the process that started it: a server of a test must not outlive a killed test."""
    if sys.platform.startswith("linux"):
        _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)


def main(uid: int, gid: int, passage: bool, follow: bool, argv: list[str]) -> None:
    parent = os.getppid()
    if passage:
        keep_passage()
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if passage:
        raise_passage()
    if follow:
        follow_parent(parent)
    os.execv(argv[0], argv)


if __name__ == "__main__":
    uid, gid, door, bond, *command = sys.argv[1:]
    main(int(uid), int(gid), door == "passage", bond == "follow", command)

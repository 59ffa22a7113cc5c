"""The files of the project, as the house tests look at them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = ("models", "kit", "activities", "workflows", "workers", "api", "postventa")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is or may be committed; without git, every file that is not hidden or built."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        return tuple(sorted(ROOT / name for name in names if name and (ROOT / name).is_file()))
    return tuple(sorted(path for path in ROOT.rglob("*") if path.is_file() and not _built(path)))


def _built(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return any(part.startswith(".") or part in ("build", "__pycache__") for part in parts)


def python(*folders: str) -> tuple[Path, ...]:
    """The Python files of some folders."""
    return tuple(
        path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders
    )


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()

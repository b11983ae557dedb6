"""Programs that others wrote, for tests: the packages of tests/support/npm, installed when first asked for."""
import fcntl
import shutil
import subprocess

from harness import REPO, Skip

NPM = REPO / "tests" / "support" / "npm"


def npm_packages(*names):
    """The folder whose scripts may import these packages. Raises Skip where they cannot be had."""
    if not shutil.which("npm"):
        raise Skip("npm is not installed")
    # Scripts run side by side, and npm ci begins by emptying the folder.
    with open(NPM / "package.json", encoding="utf-8") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not all((NPM / "node_modules" / name).is_dir() for name in names):
            done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=NPM, text=True,
                                  capture_output=True, check=False)
            if done.returncode:
                raise Skip("npm ci failed: " + done.stderr.strip().splitlines()[-1])
    return NPM

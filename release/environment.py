"""A new virtual environment that sees nothing else of this machine, and davlock's wheel to install in it."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Environment:
    """A new virtual environment in ``folder``. Its commands have a home of their own beside it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        home = folder.parent / "home"
        home.mkdir(exist_ok=True)
        # CC: what is not there as a wheel must fail, also where there is a compiler.
        kept = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "SSL_")) or "proxy" in name}
        self.variables = {**kept, "PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(home), "CC": "/bin/false"}
        subprocess.run([sys.executable, "-m", "venv", *options, str(folder)], check=True)

    @property
    def packages(self) -> Path:
        """The folder of its packages."""
        base = {"base": str(self.folder), "platbase": str(self.folder)}
        return Path(sysconfig.get_path("purelib", "venv", vars=base))

    def install(self, *what: str, into: "Environment | None" = None) -> None:
        """Install ``what`` here, or with this pip ``into`` another environment. Dependencies come as wheels."""
        place = str((into or self).bin / "python")
        words = ("-m", "pip", "--python", place, "--disable-pip-version-check", "--quiet", "install")
        subprocess.run([str(self.bin / "python"), *words, "--only-binary=:all:", *what], check=True, env=self.variables)

    def wheel(self, folder: Path) -> Path:
        """The wheel of this tree, built with this pip and put into ``folder``."""
        words = ("-m", "pip", "--disable-pip-version-check", "--quiet", "wheel", "--no-deps", "-w", str(folder))
        subprocess.run([str(self.bin / "python"), *words, str(ROOT)], check=True, env=self.variables)
        (wheel,) = folder.glob("*.whl")
        return wheel

    def expect(self, words: tuple[str, ...], part: str = "", *, status: int = 0, stdin: str = "") -> str:
        """What the command writes. Ends with a message if its exit status differs, or ``part`` is not in it."""
        done = subprocess.run(
            [str(self.bin / words[0]), *words[1:]],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.variables,
            cwd=self.folder.parent,
        )
        if done.returncode != status or part not in done.stdout:
            sys.exit(f"{' '.join(words)}: exit status {done.returncode}, expected {status}\n{done.stdout}")
        return done.stdout

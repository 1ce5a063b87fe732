"""``davlock`` and ``python -m davlock``. ``--version`` is answered before anything else is imported."""

import sys


def main() -> int:
    """Run the command line; the exit status."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from davlock import __version__

        sys.stdout.write(f"davlock {__version__}\n")
        return 0
    from davlock.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

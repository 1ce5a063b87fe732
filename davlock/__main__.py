"""``davlock`` and ``python -m davlock``. ``--version`` and ``--help`` are answered before anything else is imported."""

import gc
import os
import sys

HELP = os.path.join(os.path.dirname(__file__), "cli", "help.txt")
"""What the root of the command tree would print in 80 columns; generated from it."""


def main() -> int:
    """Run the command line; the exit status."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from davlock import __version__

        return _print(f"davlock {__version__}\n")
    if sys.argv[1:] in (["--help"], ["-h"]):
        with open(HELP, encoding="utf-8") as file:
            return _print(file.read())
    from davlock.cli.main import run

    status = run(sys.argv[1:])
    # Python looks for garbage once more before it exits: a tenth of the time that a short command takes, for nothing.
    gc.freeze()
    return status


def _print(text: str) -> int:
    if sys.stdout is None:
        return _output_failed("Bad file descriptor")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Python must not find stdout broken again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # the reader has had enough, which is not an error
            return 0
        return _output_failed(error.strerror or str(error))
    return 0


def _output_failed(why: str) -> int:
    """Say what davlock.errors.OutputFailed says, without the imports; ExitCode.OUTPUT_FAILED."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"davlock: stdout could not be written: {why}\n")
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    return 74


if __name__ == "__main__":
    sys.exit(main())

"""``davlock`` and ``python -m davlock``.

It answers ``--version``, ``--help`` and a shell that completes a line before it imports anything else.
"""

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
    if "_DAVLOCK_COMPLETE" in os.environ and not sys.argv[1:]:
        from davlock.cli import complete_words

        if complete_words.asked(os.environ):
            return _print(complete_words.answer(os.environ))
    _leave_at_signals()
    # Hardly anything that is made at start is garbage, and Python would look through all of it again and again.
    gc.disable()
    gc.set_threshold(50_000)
    from davlock.cli.lost_signals import keep_signals
    from davlock.cli.main import run

    keep_signals()
    status = run(sys.argv[1:], imported=_look_for_garbage)
    _leave_at_signals()
    # Python looks for garbage once more before it exits: a tenth of the time that a short command takes, for nothing.
    gc.freeze()
    return status


def _look_for_garbage() -> None:
    """Let Python look for garbage again, but not among what the command has imported: that stays."""
    gc.freeze()
    gc.enable()


def _leave_at_signals() -> None:
    """Make a signal end the process at once and without a word: nothing is under way, before a command or after it.

    The command line sets its own handlers once the command is imported. An exception would not do: a traceback would
    show it, or an import would drop it.
    """
    import signal

    from davlock.posix import signals_named

    hangup = signals_named("SIGHUP")

    def leave(number: int, frame: object) -> None:
        # SIGHUP is told as SIGTERM is.
        os._exit(128 + (signal.SIGTERM if number in hangup else number))

    for number in signals_named("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup(1) has it
            signal.signal(number, leave)


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
    """Say what davlock.errors.OutputFailed says, without the imports; ExitStatus.OUTPUT_FAILED."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"davlock: stdout could not be written: {why}\n")
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    return 74


if __name__ == "__main__":
    sys.exit(main())

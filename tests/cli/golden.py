"""What ``davlock explain`` makes of some recordings, word for word, in files: a change of any output shows in review.

Write them anew with: python -m tests.cli.golden
"""

from pathlib import Path

from davlock import __version__
from tests.capture.recordings import recording
from tests.cli.command import run

FOLDER = Path(__file__).parent / "golden"

CAPTURES = (
    "apache-lock",
    "apache-put-new-member-207",
    "lighttpd-unlock-wrong-token",
    "nginx-propfind-locked",
    "rclone-lock-conflict-text",
    "rclone-propfind-locked",
    "wsgidav-lock-conflict-xml",
)

PAGES = ("428", "423-held-by-other")
"""Pages that stay as they are: the findings on that of 423 follow from the scenarios, and change with them."""

FORMATS = ("table", "table-120", "tsv", "json", "jsonl")

CASES = [(subject, shape) for subject in (*CAPTURES, *PAGES) for shape in FORMATS]


def path(subject: str, shape: str) -> Path:
    """Where the golden output is kept."""
    return FOLDER / f"{subject}.{shape}"


def output(subject: str, shape: str) -> str:
    """What is printed now, without the version."""
    name, _, width = shape.partition("-")
    env = {"COLUMNS": width or "80"}
    arguments = ("--format", name, "--color", "never")
    if subject in PAGES:
        done = run("explain", *arguments, subject, env=env)
    else:
        done = run("explain", *arguments, "-", stdin=recording(subject), env=env)
    assert (done.code, done.err) == (0, "")
    return done.out.replace(f'"davlock": "{__version__}"', '"davlock": "VERSION"')


def main() -> None:
    """Write all of them, and remove what no case needs."""
    FOLDER.mkdir(exist_ok=True)
    wanted = {path(*case): output(*case) for case in CASES}
    for old in set(FOLDER.iterdir()) - set(wanted):
        old.unlink()
    for file, text in wanted.items():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

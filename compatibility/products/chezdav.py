"""chezdav, the server of GNOME's phodav."""

from pathlib import Path

from compatibility.candidate import Break, Candidate, debian
from tests.servers.product import Setup


def _serve(setup: Setup, installed: Path) -> list[str]:
    return ["chezdav", "--local", "--no-mdns", "-p", str(setup.port), "-P", str(setup.root)]


CANDIDATE = Candidate(
    name="chezdav",
    title="chezdav (phodav)",
    source=debian("chezdav"),
    login="none",
    serve=_serve,
    start="chezdav --local -p 8080 -P /srv/dav   # with -d, it asks for a login",
    see="The locks are in the memory of chezdav. A listing of a folder does not show them: ask for each file.",
    breaks=Break(words="Restart chezdav. This ends **all** locks.", stop=True),
    unknown=("How long an endless lock lasts: the server leaves out its timeout.",),
    avoid=(
        "Trust in entity tags after quick writes: two within a few milliseconds can get the same one.",
        "Trust in `-d users.htdigest`: chezdav 3.0 carries out PUT without a login, and refuses right passwords later.",
        "`If` with a path in place of a URL, and LOCK without body and without If: both crash chezdav 3.0.",
    ),
)

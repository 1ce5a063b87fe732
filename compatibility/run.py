"""Start each product, ask it, stop it, and write docs/compatibility/NAME.json.

    python -m compatibility.run               all of them, one after the other
    python -m compatibility.run tomcat zope   only these
    python -m compatibility.run --list        names, and what each needs

A product that cannot be started keeps its old record, and the exit status is 1.
"""

import argparse
import contextlib
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from compatibility.candidate import Candidate, CannotInstall
from compatibility.commands import CHECK_SECONDS, ROOT, Davlock, all_commands
from compatibility.exchanges import Editors, ends_within, folders, two_editors
from compatibility.install import install
from compatibility.products import CANDIDATES
from davlock import __version__
from tests.servers import ServerDidNotStart, Switch, switch, temporary_directory
from tests.servers.product import Product, Setup, service_account

_LATE_SECONDS = 90.0

RECORDS = ROOT / "docs" / "compatibility"


def main() -> int:
    """Run what was asked for; 1 if a product could not be started."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these products")
    parser.add_argument("--list", action="store_true", help="name the products, and start none")
    parser.add_argument(
        "--scratch",
        type=Path,
        default=Path(tempfile.gettempdir()) / "davlock-compatibility",
        help="where pip and npm install to; others must be able to enter it (default: %(default)s)",
    )
    options = parser.parse_args()
    unknown = set(options.names) - {candidate.name for candidate in CANDIDATES}
    if unknown:
        parser.error(f"no such product: {', '.join(sorted(unknown))}")
    chosen = [candidate for candidate in CANDIDATES if not options.names or candidate.name in options.names]
    failed = []
    for candidate in chosen:
        if options.list:
            print(f"{candidate.name}\t{candidate.title}\t{candidate.source.install}")
            continue
        print(f"{candidate.name} …", end=" ", flush=True)
        try:
            made = record(candidate, options.scratch)
        except (CannotInstall, ServerDidNotStart, subprocess.CalledProcessError) as problem:
            print(problem)
            failed.append(candidate.name)
            continue
        text = tidied(json.dumps(made, indent=1, ensure_ascii=False)) + "\n"
        (RECORDS / f"{candidate.name}.json").write_text(text, encoding="utf-8")
        failures = sum(outcome == "fail" for outcome, _ in made["checks"].values())
        print(f"{made['version']}: {len(made['checks'])} checks, {failures} failed")
    if failed:
        print(f"no new record of: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def tidied(text: str) -> str:
    """``text`` without what is new in every run: folders of this machine, ports, names of scratch collections."""
    text = re.sub(r"/[\w./-]*davlock-servers-\w+/root", "/srv/dav", text)
    text = re.sub(r"/[\w./-]*davlock-servers-\w+", "/srv", text)
    text = re.sub(r"/[\w./-]*davlock-compatibility/\w+/", "/opt/", text)
    text = re.sub(r"(?<=http://)127\.0\.0\.1:\d+", "dav.example", text)
    return re.sub(r"davlock-check-[0-9a-f]{12}", "davlock-check", text)


def record(candidate: Candidate, scratch: Path) -> dict[str, Any]:
    """All that the documents need of one product. Each part has a server and a folder of its own."""
    installed = scratch / candidate.source.registry.lower() / candidate.source.name.lower()
    version = install(candidate, installed)
    made: dict[str, Any] = {
        "name": candidate.name,
        "version": version,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "davlock": __version__,
        "login": candidate.login,
    }
    with _started(candidate, installed) as server, tempfile.TemporaryDirectory() as folder:
        made |= _checked(Davlock(Path(folder), candidate.login), server.server.url, candidate.login)
    with _started(candidate, installed) as server, _editors(candidate, server) as editors:
        made["facts"] = two_editors(editors)
        if made["facts"]["locked"]:
            made["facts"] |= folders(editors)
        made["exchanges"] = editors.exchanges
        late = made["checks"].get("timeout-ends", [""])[0] == "fail"
        made["facts"]["ends_later"] = ends_within(editors, _LATE_SECONDS) if late else None
    made["restart"] = _after(candidate, installed, restart=True)
    made["broken"] = _after(candidate, installed, restart=False)
    with _started(candidate, installed) as server, tempfile.TemporaryDirectory() as folder:
        made["commands"] = all_commands(Davlock(Path(folder), candidate.login), server.server.url)
    return made


def _checked(davlock: Davlock, url: str, login: str) -> dict[str, Any]:
    """Which checks passed, and why the others did not."""
    second = () if login == "none" else ("--user2", "bob:bob")
    done = davlock.run("alice", "check", *second, url, seconds=CHECK_SECONDS)
    result: dict[str, Any] = done["results"][0] if done["results"] else {}
    server = result.get("server") or {}
    return {
        "recognised": server.get("product"),
        "dav": server.get("dav"),
        "exit": done["exit"],
        "stopped": result.get("stopped") or (None if result else done["said"].replace(url, "http://dav.example/")),
        "findings": {finding["id"]: finding["headline"] for finding in result.get("findings", ())},
        "checks": {
            check["id"]: [check["outcome"], check["why"].replace(url, "/")] for check in result.get("checks", ())
        },
    }


def _after(candidate: Candidate, installed: Path, *, restart: bool) -> str:
    """``kept`` or ``gone``: a lock after a restart, or after what the administrator does to break it; ``not known``."""
    if not restart and not candidate.breaks.command and not candidate.breaks.stop:
        return "not known"
    with _started(candidate, installed) as server, _editors(candidate, server) as editors:
        name = "report.txt"
        # A lock that did not protect before says nothing afterwards.
        if not editors.write("alice", name, "first") or editors.lock("alice", name) is None:
            return "not known"
        if editors.write("bob", name, "before"):
            return "not known"
        if restart or candidate.breaks.stop:
            server.off()
        if not restart and candidate.breaks.command:
            private = server.server.root.parent / "private"
            store = (private / candidate.breaks.scratch).resolve()
            line = candidate.breaks.command.format(store=store, programs=f"{installed}/bin/")
            subprocess.run(
                [*_as_service(), "sh", "-c", line], check=False, cwd=private, timeout=60, capture_output=True
            )
        if restart or candidate.breaks.stop:
            server.on()
        return "gone" if editors.write("bob", name, "after") else "kept"


def _as_service() -> list[str]:
    """What stands before a command so that root runs it as the account of web servers."""
    if os.geteuid() != 0:
        return []
    account = service_account()
    return ["setpriv", f"--reuid={account.user}", f"--regid={account.group}", "--clear-groups", "--"]


@contextlib.contextmanager
def _editors(candidate: Candidate, server: Switch) -> Iterator[Editors]:
    editors = Editors(server.server.url, candidate.login)
    try:
        yield editors
    finally:
        editors.close()


@contextlib.contextmanager
def _started(candidate: Candidate, installed: Path) -> Iterator[Switch]:
    """The product on a free port, with an empty collection, and without the rights of root."""

    def command(setup: Setup) -> list[str]:
        words = candidate.serve(setup, installed)
        if setup.account is None or candidate.drops_root:
            return words
        return [*_as_service(), *words]

    product = Product(
        auths=(candidate.login,), drops_root=True, place=candidate.place, missing=lambda: None, command=command
    )
    with (
        temporary_directory() as directory,
        switch(product, candidate.name, auth=candidate.login, directory=directory) as switched,
    ):
        yield switched


if __name__ == "__main__":
    sys.exit(main())

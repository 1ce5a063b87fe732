"""Zope, which keeps locks in its objects."""

import subprocess
from pathlib import Path

from compatibility.candidate import Break, Candidate, pypi
from tests.servers.accounts import USERS
from tests.servers.product import Setup


def _serve(setup: Setup, installed: Path) -> list[str]:
    instance, programs = setup.private / "instance", installed / "bin"
    if not instance.exists():
        first, *others = USERS.items()
        create = [str(programs / "mkwsgiinstance"), "-d", str(instance), "-u", ":".join(first)]
        subprocess.run([*create, "--python", str(programs / "python")], check=True, capture_output=True, timeout=120)
        for user, password in others:
            add = [str(programs / "addzopeuser"), "-c", str(instance / "etc/zope.conf"), user, password]
            subprocess.run(add, check=True, capture_output=True, timeout=120)
    ini = instance / "etc/zope.ini"
    text = "\n".join(
        f"port = {setup.port}" if line.startswith("port =") else line for line in ini.read_text().splitlines()
    )
    ini.write_text(text + "\n")
    return [str(programs / "runwsgi"), str(ini)]


CANDIDATE = Candidate(
    name="zope",
    title="Zope",
    source=pypi("Zope[wsgi]"),
    serve=_serve,
    start="mkwsgiinstance -d instance -u admin:… && runwsgi instance/etc/zope.ini",
    see="Each object of the management interface has its locks. `davlock locks -r` asks for all of them.",
    breaks=Break(
        words="Stop Zope, take the locks off the object, start it.",
        command=(
            """echo "app['report.txt'].wl_clearLocks(); import transaction; transaction.commit()" > unlock.py\n"""
            "{programs}zconsole run {store}/etc/zope.conf unlock.py"
        ),
        store="/srv/zope/instance",
        scratch="instance",
        stop=True,
        one=True,
    ),
    unknown=(
        "The token of another user's lock: Zope shows a made-up one, `this-is-a-faked-no-permission-token`.",
        "A lock whose owner has `&` or `<` in it: Zope does not escape them, and nobody can read the answer.",
    ),
)

"""Write everything that is derived: manual pages, the help of davlock itself, docs/findings.md, the generated blocks of
docs, the findings by status, the table for completion, the JSON schema.

    python -m man.generate           write
    python -m man.generate --check   exit 1 and name what is stale

Pages are put together as reStructuredText and turned into roff by docutils.
"""

import argparse
import sys
from pathlib import Path

from davlock.render.schema import schema_text
from man import checks, commands, compatibility, completion, findings, findings_table, robustness, status_findings
from man.guide import guide
from man.performance import performance
from man.rst import roff
from man.scenarios import scenarios
from man.servers import servers

ROOT = Path(__file__).parent.parent


def wanted() -> dict[Path, str]:
    """Every derived file, and what belongs in it."""
    pages = {"man1/davlock.1": commands.overview(), "man7/davlock-findings.7": findings.page()}
    pages["man7/davlock-checks.7"] = checks.page()
    pages |= {f"man1/davlock-{name}.1": commands.page(name, command) for name, command in commands.tree().items()}
    return {
        **{ROOT / "man" / name: roff(source) for name, source in pages.items()},
        **compatibility.pages(ROOT / "docs"),
        **robustness.pages(ROOT / "docs"),
        ROOT / "docs/guide.md": guide((ROOT / "docs/guide.md").read_text(encoding="utf-8")),
        ROOT / "docs/findings.md": findings_table.document(),
        ROOT / "docs/performance.md": performance((ROOT / "docs/performance.md").read_text(encoding="utf-8")),
        ROOT / "docs/scenarios.md": scenarios((ROOT / "docs/scenarios.md").read_text(encoding="utf-8")),
        ROOT / "docs/servers.md": servers((ROOT / "docs/servers.md").read_text(encoding="utf-8")),
        ROOT / "davlock/cli/help.txt": help_text(),
        ROOT / "davlock/cli/completion.json": completion.table(),
        ROOT / "davlock/diagnosis/status_findings.py": status_findings.module(),
        ROOT / "davlock/render/davlock-1.schema.json": schema_text(),
    }


def help_text() -> str:
    """What ``davlock --help`` prints in 80 columns."""
    return commands.ROOT.get_help() + "\n"


def leftover(files: dict[Path, str]) -> list[Path]:
    """Manual pages that belong to nothing any more."""
    return sorted(path for path in (ROOT / "man").glob("man[0-9]/*") if path not in files)


def main() -> int:
    """Write or check; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 if anything is stale")
    check = parser.parse_args().check
    files = wanted()
    stale = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    removed = leftover(files)
    for path in (*stale, *removed):
        if check:
            print(f"stale: {path.relative_to(ROOT)} (run: make docs)", file=sys.stderr)
        elif path in removed:
            path.unlink()
            print(f"removed {path.relative_to(ROOT)}")
        else:
            path.write_text(files[path], encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if check and (stale or removed) else 0


if __name__ == "__main__":
    sys.exit(main())

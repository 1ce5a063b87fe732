"""What people type: the examples in the help of each command and in its manual page, in one place.

They are text, and a test reads each as its command would.
"""

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "diagnose": (
        ("Who has it?", "davlock diagnose -u alice https://dav.example/team/report.odt"),
        (
            "In a script: the ids of the findings",
            "davlock diagnose --json https://dav.example/a.odt |\n    jq -r '.results[].findings[].id'",
        ),
        ("Several at once, from a list", "davlock diagnose --netrc - < urls.txt"),
    ),
    "explain": (
        ("What does this status mean, and what looks like it?", "davlock explain 423"),
        (
            "What did this answer mean?",
            "curl -i -T a.odt https://dav.example/a.odt |\n"
            "    davlock explain - --method PUT --url https://dav.example/a.odt",
        ),
        (
            "A line of a client's log",
            'davlock explain "ERROR : upload.bin: Failed to copy: Locked: 423 Locked"',
        ),
        (
            "An exception of a program",
            "davlock explain <<'END'\nHTTPError: 423 Client Error: Locked for url: https://dav.example/a.odt\nEND",
        ),
        (
            "An answer that was copied with a prompt behind it",
            "davlock explain <<'END'\n"
            "HTTP/1.1 409 Conflict\nContent-Type: application/json\n\n"
            '{"message": "The scope is locked", "code": "ScopeLocked"}user@host:~$\nEND',
        ),
        ("A recording of a browser", "davlock explain session.har"),
        ("The page of a finding", "davlock explain 423-ancestor-lock"),
        ("All findings", "davlock explain --list"),
    ),
    "locks": (
        ("All locks in a collection", "davlock locks -u alice --depth 1 https://dav.example/team/"),
        ("All locks in a tree, and where they are", "davlock locks -r --tree https://dav.example/team/"),
        ("Locks of one owner that never end", "davlock locks --infinite --owner bob https://dav.example/team/"),
        ("Fail in CI if anything is locked", "davlock locks --fail-if-any --depth 1 https://dav.example/release/"),
    ),
    "watch": (
        ("Is its holder alive?", "davlock watch -u alice https://dav.example/team/report.odt"),
        ("Go on when it is free", "davlock watch --until-free https://dav.example/a.odt && ./upload"),
        (
            "Be told when something happens",
            'davlock watch --exec \'notify-send "$DAVLOCK_EVENT" "$DAVLOCK_OWNER"\' \\\n    https://dav.example/a.odt',
        ),
    ),
    "propfind": (
        ("The usual properties", "davlock propfind https://dav.example/team/report.odt"),
        ("What the server tells of locks", "davlock propfind https://dav.example/a.odt -p lockdiscovery"),
        (
            "A property of another namespace",
            "davlock propfind https://dav.example/a.odt -p '{http://owncloud.org/ns}id'",
        ),
    ),
    "lock": (
        ("Take a lock, and keep its token", "token=$(davlock lock -q --timeout 30m https://dav.example/a.odt)"),
        ("A whole collection", "davlock lock --depth infinity https://dav.example/team/"),
        ("Not now? Try for five minutes", "davlock lock --wait 5m https://dav.example/a.odt"),
        ("An If header for another client", "davlock lock --print if https://dav.example/team/report.odt"),
    ),
    "refresh": (("Half an hour more", "davlock refresh --timeout 30m https://dav.example/a.odt"),),
    "unlock": (
        ("Release your lock", "davlock unlock https://dav.example/team/report.odt"),
        ("Release what somebody left behind, once you are sure", "davlock unlock --steal https://dav.example/a.odt"),
    ),
    "put": (
        ("Write under a lock", "davlock put a.odt https://dav.example/team/a.odt"),
        ("Only if nobody wrote in between", "davlock put a.odt https://dav.example/a.odt --if-match current"),
        ("Only if it is not there yet", "davlock put a.odt https://dav.example/a.odt --if-none-match '*'"),
    ),
    "run": (
        (
            "Edit in place, with nobody in between",
            "davlock run https://dav.example/a.csv -- sh -c \\\n"
            '    \'vi a.csv; curl -T a.csv "$DAVLOCK_RUN_URL" -H "If: $DAVLOCK_RUN_IF"\'',
        ),
        ("One at a time: give up after a minute", "davlock run -w 60 https://dav.example/site/ -- ./deploy"),
        ("Not if somebody has it", "davlock run -n -E 0 https://dav.example/nightly.lock -- ./nightly"),
    ),
    "wait": (
        ("Until nobody has it, or ten minutes", "davlock wait -w 10m https://dav.example/team/report.odt"),
        ("Then take it", "token=$(davlock wait -q --then lock https://dav.example/a.odt)"),
    ),
    "cleanup": (
        ("What would be released?", "davlock cleanup https://dav.example/team/ --older-than 8h"),
        ("What nobody renews for half an hour?", "davlock cleanup https://dav.example/team/ --unrenewed-for 30m"),
        ("Since an earlier listing", "davlock cleanup https://dav.example/ --unrenewed-for 8h --first-look old"),
        ("What a crashed program left", "davlock cleanup -i --owner '^scanner@' --infinite https://dav.example/"),
        ("Go on after an interruption", "davlock cleanup --resume cleanup-20260131.jsonl --netrc"),
    ),
    "check": (
        ("Does locking work here?", "davlock check https://dav.example/scratch/"),
        ("Change nothing", "davlock check --read-only https://dav.example/"),
        ("In a pipeline", "davlock check --netrc --report junit=locks.xml https://dav.example/ci/"),
        ("Tell what is new", "davlock check --netrc --expect known.txt https://dav.example/ci/"),
        ("What Word and Explorer need", "davlock check --profile office https://dav.example/scratch/"),
    ),
    "ledger": (
        ("What do I hold, and is it still so?", "davlock ledger list --verify"),
        ("Release what a crash left behind", "davlock ledger recover --netrc"),
        ("An If header of a lock for another client", "davlock ledger list --print if https://dav.example/a.odt"),
    ),
    "decode": (
        (
            "Which condition of this If header fails?",
            "davlock decode if '(<urn:uuid:a> [\"1\"])' --held urn:uuid:b --etag '\"1\"'",
        ),
        ("What does this listing say of locks?", "davlock decode lockdiscovery < body.xml"),
        ("Is it a success? Exit 0 if it can be read", "davlock decode multistatus --json < body.xml"),
    ),
    "completion": (
        ("For this session", "source <(davlock completion bash)"),
        ("For good, in the shell that SHELL names", "davlock completion --install"),
    ),
    "demo": (
        ("See it happen", "davlock demo"),
        ("Keep the server, and try for yourself", "davlock demo --serve --port 8080"),
    ),
}
"""By command: what for, and what to type."""


def epilog(name: str) -> str | None:
    """The examples as the last part of a command's help. click leaves the lines of a paragraph after ``\\b`` alone."""
    examples = EXAMPLES.get(name, ())
    shown = [f"\b\n  {what}\n    " + line.replace("\n", "\n    ") for what, line in examples]
    return "\n\n".join(("Examples:", *shown)) if examples else None

"""What people type: the examples in the help of each command and in its manual page, in one place.

They are text, and a test reads each as its command would.
"""

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "diagnose": (
        ("Who holds the lock?", "davlock diagnose -u alice https://dav.example/team/report.odt"),
        (
            "The ids of the findings, in a script",
            "davlock diagnose --json https://dav.example/a.odt |\n    jq -r '.results[].findings[].id'",
        ),
        ("Many URLs, from a list", "davlock diagnose --netrc - < urls.txt"),
    ),
    "explain": (
        ("What does this status mean?", "davlock explain 423"),
        (
            "What does this answer mean?",
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
            "An answer, copied with the prompt behind it",
            "davlock explain <<'END'\n"
            "HTTP/1.1 409 Conflict\nContent-Type: application/json\n\n"
            '{"message": "The scope is locked", "code": "ScopeLocked"}user@host:~$\nEND',
        ),
        ("A recording of a browser (HAR)", "davlock explain session.har"),
        ("Several statuses side by side", "davlock explain 423 409 429"),
        ("The page of a finding", "davlock explain 423-ancestor-lock"),
        ("All findings", "davlock explain --list"),
    ),
    "locks": (
        ("All locks in a collection", "davlock locks -u alice --depth 1 https://dav.example/team/"),
        ("All locks in a tree", "davlock locks -r --tree https://dav.example/team/"),
        ("Locks of bob that never expire", "davlock locks --infinite --owner bob https://dav.example/team/"),
        ("The second quarter of a very large tree", "davlock locks -r --shard 2/4 https://dav.example/"),
        ("Fail in CI if anything is locked", "davlock locks --fail-if-any --depth 1 https://dav.example/release/"),
    ),
    "watch": (
        ("Does somebody renew the lock?", "davlock watch -u alice https://dav.example/team/report.odt"),
        (
            "Start an upload as soon as the file is free",
            "davlock watch --until-free https://dav.example/a.odt && ./upload",
        ),
        (
            "A notification for each change",
            'davlock watch --exec \'notify-send "$DAVLOCK_EVENT" "$DAVLOCK_OWNER"\' \\\n    https://dav.example/a.odt',
        ),
    ),
    "propfind": (
        ("The usual properties", "davlock propfind https://dav.example/team/report.odt"),
        ("What the server shows of locks", "davlock propfind https://dav.example/a.odt -p lockdiscovery"),
        (
            "A property of another namespace",
            "davlock propfind https://dav.example/a.odt -p '{http://owncloud.org/ns}id'",
        ),
    ),
    "lock": (
        ("Take a lock for half an hour", "davlock lock --timeout 30m https://dav.example/a.odt"),
        ("In a script, keep its token", "token=$(davlock lock -q https://dav.example/a.odt)"),
        ("A whole collection", "davlock lock --depth infinity https://dav.example/team/"),
        ("If somebody has it, keep trying for five minutes", "davlock lock --wait 5m https://dav.example/a.odt"),
        ("An If header for another client", "davlock lock --print if https://dav.example/team/report.odt"),
    ),
    "refresh": (("Half an hour more", "davlock refresh --timeout 30m https://dav.example/a.odt"),),
    "unlock": (
        ("Release your lock", "davlock unlock https://dav.example/team/report.odt"),
        ("Release a lock whose holder is surely gone", "davlock unlock --steal https://dav.example/a.odt"),
    ),
    "put": (
        ("Write under a lock", "davlock put a.odt https://dav.example/team/a.odt"),
        ("Only if nobody else wrote in the meantime", "davlock put a.odt https://dav.example/a.odt --if-match current"),
        ("Only if the file does not exist yet", "davlock put a.odt https://dav.example/a.odt --if-none-match '*'"),
    ),
    "run": (
        (
            "Edit a file while nobody else can write it",
            "davlock run https://dav.example/a.csv -- sh -c \\\n"
            '    \'vi a.csv; curl -T a.csv "$DAVLOCK_RUN_URL" -H "If: $DAVLOCK_RUN_IF"\'',
        ),
        ("Deploy one at a time; give up after a minute", "davlock run -w 60 https://dav.example/site/ -- ./deploy"),
        (
            "Skip the job if somebody holds the lock",
            "davlock run -n -E 0 https://dav.example/nightly.lock -- ./nightly",
        ),
    ),
    "wait": (
        ("Wait ten minutes at most", "davlock wait -w 10m https://dav.example/team/report.odt"),
        ("Wait, then take the lock", "token=$(davlock wait -q --then lock https://dav.example/a.odt)"),
    ),
    "cleanup": (
        ("What would davlock release?", "davlock cleanup https://dav.example/team/ --older-than 8h"),
        (
            "Which locks does nobody renew for half an hour?",
            "davlock cleanup https://dav.example/team/ --unrenewed-for 30m",
        ),
        ("Compare with an earlier listing", "davlock cleanup https://dav.example/ --unrenewed-for 8h --first-look old"),
        (
            "Locks of a crashed program, one by one",
            "davlock cleanup -i --owner '^scanner@' --infinite https://dav.example/",
        ),
        ("Continue after an interruption", "davlock cleanup --resume cleanup-20260131.jsonl --netrc"),
    ),
    "check": (
        ("Does locking work here?", "davlock check https://dav.example/scratch/"),
        ("Check without writing anything", "davlock check --read-only https://dav.example/"),
        ("In a pipeline, with a report", "davlock check --netrc --report junit=locks.xml https://dav.example/ci/"),
        ("Fail only on new failures", "davlock check --netrc --expect known.txt https://dav.example/ci/"),
        ("Check what Word and Explorer need", "davlock check --profile office https://dav.example/scratch/"),
    ),
    "config": (
        ("Where is the file of profiles?", "davlock config path"),
        ("Which profiles are there?", "davlock config list"),
        ("Is the file right?", "davlock config check"),
        ("Which settings does a target get, and from where?", "davlock config explain work:team/report.odt"),
    ),
    "ledger": (
        ("Which locks do I hold, and do they still exist?", "davlock ledger list --verify"),
        ("Release the locks that a crash left behind", "davlock ledger recover --netrc"),
        ("An If header for another client", "davlock ledger list --print if https://dav.example/a.odt"),
        ("Is the ledger file damaged?", "davlock ledger check"),
        ("Forget the locks that have ended", "davlock ledger forget --ended"),
    ),
    "decode": (
        (
            "Which condition of this If header fails?",
            "davlock decode if '(<urn:uuid:a> [\"1\"])' --held urn:uuid:b --etag '\"1\"'",
        ),
        ("Which locks does this body show?", "davlock decode lockdiscovery < body.xml"),
        ("What does this 207 body say?", "davlock decode multistatus --json < body.xml"),
    ),
    "help": (
        ("All about davlock locks, and about locks", "davlock help locks"),
        ("Login, TLS and proxies", "davlock help connection"),
    ),
    "completion": (
        ("For this session", "source <(davlock completion bash)"),
        ("For good, in the shell that SHELL names", "davlock completion --install"),
    ),
    "demo": (
        ("Run the demonstration", "davlock demo"),
        ("Keep the server, and try it yourself", "davlock demo --serve --port 8080"),
    ),
}
"""By command: what for, and what to type."""

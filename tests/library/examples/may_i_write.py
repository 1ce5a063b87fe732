import davlock

diagnosis = davlock.diagnose("https://dav.example/team/report.odt", method="DELETE", auth=("alice", "secret"))
if diagnosis.verdict is davlock.Verdict.BLOCKED:
    print(diagnosis.headline)
    for step in diagnosis.steps:
        print("-", step.title, *(" ".join(command) for command in step.commands))

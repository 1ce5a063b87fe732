import davlock

log = """\
PUT /team/report.odt HTTP/1.1
Host: dav.example

HTTP/1.1 423 Locked
Content-Length: 0

"""
for diagnosis in davlock.explain(log):
    print(diagnosis.url, diagnosis.verdict.value, diagnosis.headline)

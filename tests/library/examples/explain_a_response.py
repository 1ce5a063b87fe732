import httpx

import davlock

response = httpx.put("https://dav.example/team/report.odt", content=b"new", auth=("alice", "secret"))
if response.is_error:
    diagnosis = davlock.explain(response)
    print(diagnosis.headline)
    print([finding.id for finding in diagnosis.findings])

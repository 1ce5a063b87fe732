import httpx

import davlock

URL = "https://dav.example/team/report.odt"
AUTH = ("alice", "secret")

with httpx.Client(auth=AUTH) as client, davlock.lock(URL, auth=AUTH, lifetime=300) as lock:
    text = client.get(URL).text
    answer = client.put(URL, content=text + "one more line\n", headers={"If": lock.if_header})
    answer.raise_for_status()

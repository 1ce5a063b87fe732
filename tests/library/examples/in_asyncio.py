import asyncio

import httpx

import davlock

URL = "https://dav.example/team/report.odt"
AUTH = ("alice", "secret")


async def main() -> None:
    diagnosis = await asyncio.to_thread(davlock.diagnose, URL, auth=AUTH)
    print(diagnosis.verdict.value)
    async with davlock.lock(URL, auth=AUTH) as lock, httpx.AsyncClient(auth=AUTH) as client:
        answer = await client.put(URL, content=b"new", headers={"If": lock.if_header})
        print(answer.status_code)


asyncio.run(main())

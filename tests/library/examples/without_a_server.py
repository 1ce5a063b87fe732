import httpx

import davlock


def answer(request: httpx.Request) -> httpx.Response:
    return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="files"'})


found = davlock.discover("https://dav.example/a.txt", transport=httpx.MockTransport(answer))
print(found.locks, found.findings[0].id)

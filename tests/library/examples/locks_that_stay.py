import davlock

found = davlock.discover("https://dav.example/team/", recursive=True, auth=("alice", "secret"))
if not found.complete:
    print("there may be more:", found.why)
for lock in found.locks or ():
    if lock.infinite or (lock.timeout or 0) > 86_400:
        print("stays for more than a day:", lock.root, lock.owner)

import davlock

found = davlock.discover("https://dav.example/team/report.odt", auth=("alice", "secret"))
if found.locks is None:
    print("davlock could not read the locks:", found.why)
for lock in found.locks or ():
    print(lock.owner, "holds it until", lock.expires_at)

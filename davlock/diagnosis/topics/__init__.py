"""The statuses that people confuse: what each means, what to do, and which other status it may be.

423 is an explicit lock. 409 is a clash with the state of the resource, and implies no lock. 429 is about how fast you
ask.
"""

from davlock.diagnosis.topics import locks, requests, servers
from davlock.diagnosis.topics.topic import Topic

TOPICS: dict[int, Topic] = {
    status: topic for topic in (*locks.TOPICS, *requests.TOPICS, *servers.TOPICS) for status in topic.names
}
"""The page of each status."""

"""Apache Tomcat's WebdavServlet.

Measured on 10.1.60. Its answers have no Server header and no reason phrase; the timeout is capped at a week. An UNLOCK
by another user is a 409, the same as for a wrong token; its entity tags are weak, so that no If-Match holds.
"""

from davlock.late_pattern import late_pattern
from davlock.servers.profile import Profile, Store, Traits

# determineMethodsAllowed: what depends on the resource and the configuration comes and goes, the order stays.
_ALLOW = late_pattern(
    r"OPTIONS,GET,POST,HEAD(,DELETE)?(,PUT)?(,TRACE)?,LOCK,UNLOCK,PROPPATCH,COPY,MOVE(,PROPFIND)?(,MKCOL)?"
)
# LockInfo.toXML: every element on a line of its own, the owner as text with its markup escaped, the lockroot before the
# token.
_LOCK = late_pattern(
    r"<d:activelock>\n<d:locktype>\n<d:write/>\n</d:locktype>\n<d:lockscope>\n<d:[a-z]+/>\n</d:lockscope>\n"
    r"<d:depth>[^<]*</d:depth>\n(<d:owner>[^<]*</d:owner>\n)?<d:timeout>[^<]*</d:timeout>\n<d:lockroot>"
)


def recognise(traits: Traits) -> bool:
    """Whether the servlet's list of methods or its form of a lock shows; any servlet has Tomcat's error page."""
    return any(_ALLOW.fullmatch(allow) for allow in traits.allow) or _LOCK.search(traits.locks) is not None


PROFILE = Profile(
    name="tomcat",
    title="Tomcat WebdavServlet",
    recognise=recognise,
    lock_store="Tomcat keeps locks in memory: a restart of the web application drops every lock",
    store=Store.MEMORY,
    # WebdavServlet.doPropfind answers 405 without listings.
    propfind_setup="Set the WebdavServlet's init-param listings to true",
    shows_locks=True,
    # Its source agrees: above a resource, only locks of depth infinity count.
    depth_zero_forbids=frozenset(),
    removes_locked_members=False,
    shows_inherited=True,
    counts_down=True,
    shared_token_suffices=True,
    unlock_answer_proves=True,
    foreign_token_works=False,
    honours_if_match=True,
    useless_token_status=412,
    useless_unlock_status=409,
    source="measured on 10.1.60; tomcat org/apache/catalina/servlets/WebdavServlet.java",
)

"""Tomcat's WebdavServlet, started from its library with a configuration of its own."""

import glob
from pathlib import Path
from string import Template

from compatibility.candidate import Break, Candidate, debian
from tests.servers.accounts import REALM, USERS
from tests.servers.product import Setup

_SERVER = Template("""\
<Server port="-1"><Service name="Catalina">
  <Connector port="$port" address="127.0.0.1"/>
  <Engine name="Catalina" defaultHost="localhost">
    <Realm className="org.apache.catalina.realm.MemoryRealm" pathname="conf/tomcat-users.xml"/>
    <Host name="localhost" appBase="webapps" unpackWARs="false" autoDeploy="false" deployOnStartup="false">
      <Context path="" docBase="$root"/>
    </Host>
  </Engine>
</Service></Server>
""")

_WEB = Template("""\
<web-app version="5.0" xmlns="https://jakarta.ee/xml/ns/jakartaee">
  <servlet>
    <servlet-name>webdav</servlet-name>
    <servlet-class>org.apache.catalina.servlets.WebdavServlet</servlet-class>
    <init-param><param-name>listings</param-name><param-value>true</param-value></init-param>
    <init-param><param-name>readonly</param-name><param-value>false</param-value></init-param>
  </servlet>
  <servlet-mapping><servlet-name>webdav</servlet-name><url-pattern>/*</url-pattern></servlet-mapping>
  <security-constraint>
    <web-resource-collection>
      <web-resource-name>all</web-resource-name><url-pattern>/*</url-pattern>
    </web-resource-collection>
    <auth-constraint><role-name>dav</role-name></auth-constraint>
  </security-constraint>
  <login-config><auth-method>BASIC</auth-method><realm-name>$realm</realm-name></login-config>
  <security-role><role-name>dav</role-name></security-role>
</web-app>
""")


def _serve(setup: Setup, installed: Path) -> list[str]:
    base = setup.private / "base"
    for folder in ("conf", "webapps", "logs", "temp", "work"):
        (base / folder).mkdir(parents=True, exist_ok=True)
    users = "".join(f'<user username="{user}" password="{word}" roles="dav"/>' for user, word in USERS.items())
    (base / "conf/tomcat-users.xml").write_text(f"<tomcat-users>{users}</tomcat-users>", encoding="utf-8")
    (base / "conf/server.xml").write_text(_SERVER.substitute(port=setup.port, root=setup.root), encoding="utf-8")
    # In the defaults of all applications, because a WEB-INF in the folder would be a file that a client sees.
    (base / "conf/web.xml").write_text(_WEB.substitute(realm=REALM), encoding="utf-8")
    jars = ":".join(sorted(glob.glob("/usr/share/java/tomcat10-*.jar")))
    return [
        *("java", "-Xmx256m", "-cp", jars, f"-Dcatalina.home={base}", f"-Dcatalina.base={base}"),
        *(f"-Djava.io.tmpdir={base}/temp", "org.apache.catalina.startup.Bootstrap", "start"),
    ]


CANDIDATE = Candidate(
    name="tomcat",
    title="Tomcat WebdavServlet",
    source=debian("libtomcat10-java", "openjdk-17-jre-headless"),
    serve=_serve,
    start="""\
# in web.xml: org.apache.catalina.servlets.WebdavServlet with readonly=false, mapped to /*
systemctl restart tomcat10""",
    see="The locks are in the memory of the servlet. `davlock locks -r` is the only list.",
    breaks=Break(words="Restart Tomcat, or reload the application. This ends **all** locks.", stop=True),
    unknown=("The name of the login that holds a lock: lockdiscovery has what the client wrote.",),
    avoid=("Owners of more than a few thousand characters: LOCK fails with 413.",),
)

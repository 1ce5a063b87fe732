"""Exceptions of programs."""

from davlock.capture.shapes.shape import LineShape, pattern

EXCEPTIONS = (
    LineShape(
        name="requests",
        title="an exception of requests",
        pattern=pattern(r"\b<STATUS> (?:Client|Server) Error: (?P<reason>[^\n]{0,100}?) for url: (?P<url>\S+)"),
    ),
    LineShape(
        name="httpx",
        title="an exception of httpx",
        pattern=pattern(r"(?:Client|Server) error '<STATUS> (?P<reason>[^'\n]*)' for url '(?P<url>[^'\n]+)'"),
    ),
    LineShape(
        name="aiohttp",
        title="an exception of aiohttp",
        pattern=pattern(r"\b<STATUS>, message='(?P<reason>[^'\n]*)', url=(?:URL\()?'?(?P<url>[^'\s)]+)"),
    ),
    LineShape(
        name="urllib",
        title="an exception of urllib",
        pattern=pattern(r"HTTP ?Error:? (?:HTTP Error )?<STATUS>: (?P<reason>[^\n]{0,100})"),
    ),
    LineShape(
        name="urllib3",
        title="an exception of urllib3",
        pattern=pattern(r"too many <STATUS> error responses"),
    ),
    LineShape(
        name="gitlab",
        title="an exception of python-gitlab",
        pattern=pattern(r"Gitlab\w*Error: <STATUS>: (?P<message>[^\n]{0,300})"),
    ),
    LineShape(
        name="dotnet",
        title="an exception of .NET",
        pattern=pattern(r"Response status code does not indicate success: '?<STATUS>'? \('?(?P<reason>[^)'\n]*)'?\)"),
    ),
    LineShape(
        name="dotnet-web",
        title="a WebException of .NET or PowerShell",
        pattern=pattern(
            r"(?:The remote server returned an error|Der Remoteserver hat einen Fehler zurückgegeben"
            r"|Le serveur distant a retourné une erreur|Error en el servidor remoto"
            r"|Il server remoto ha restituito un errore|De externe server heeft een fout geretourneerd"
            r"|O servidor remoto retornou um erro|Zdalny serwer zwrócił błąd|Удаленный сервер возвратил ошибку"
            r"|リモート サーバーがエラーを返しました|远程服务器返回错误|遠端伺服器傳回一個錯誤) ?: ?"
            r"\(<STATUS>\) ?(?P<reason>[A-Z][\w -]*)?"
        ),
    ),
    LineShape(
        name="axios-object",
        title="an error object of axios",
        pattern=pattern(
            r"\burl: '(?P<url>[^'\n]+)',\s+method: '(?P<method>\w+)'[\s\S]{0,8000}?\bstatus: <STATUS>,\s+statusT"
            r"ext: '(?P<reason>[^'\n]*)'"
        ),
    ),
    LineShape(
        name="axios",
        title="an error of axios",
        pattern=pattern(r"Request failed with status code <STATUS>"),
    ),
    LineShape(
        name="fetch-object",
        title="a Response object of JavaScript",
        pattern=pattern(r"\bstatus: <STATUS>,\s+statusText: '(?P<reason>[^'\n]*)'"),
    ),
    LineShape(
        name="sardine",
        webdav=True,
        title="an exception of Sardine",
        pattern=pattern(r"SardineException: [^\n(]{0,100}\(<STATUS> (?P<reason>[^)\n]*)\)"),
    ),
    LineShape(
        name="googleapi",
        title="an error of a Google client library",
        pattern=pattern(r"googleapi: Error <STATUS>: (?P<message>[^\n]{0,300})"),
    ),
    LineShape(
        name="googleapi-python",
        title="an exception of Google's client for Python",
        pattern=pattern(
            r"<HttpError <STATUS> when requesting (?P<url>https?://\S{1,4000}) returned "
            r"(?P<message>\"[^\n]{0,900})>[ \t]*$"
        ),
    ),
    LineShape(
        name="elasticsearch",
        title="an exception of Elasticsearch's client for Python",
        pattern=pattern(r"\b\w{1,40}(?:Error|Exception)\(<STATUS>, (?P<message>'[^\n]{1,600}?)\)[ \t]*$"),
    ),
    LineShape(
        name="graph-dotnet",
        title="an exception of Graph's SDK for .NET",
        pattern=pattern(
            r"ServiceException: (?P<message>Code: (?P<exception>\w{1,60})\s{0,3}\n[ \t]{0,8}Message: [^\n]{0,400})"
        ),
    ),
    LineShape(
        name="box",
        title="an exception of Box's SDK",
        pattern=pattern(
            r"BoxAPIException: Message: (?P<message>[^\n]{0,400})\n[ \t]*Status: <STATUS>\n(?:[^\n]{0,600}\n){0,6}?"
            r"[ \t]*URL: (?P<url>\S{1,4000})\n[ \t]*Method: <METHOD>"
        ),
    ),
    LineShape(
        name="aws-sdk",
        title="an error of an AWS SDK",
        pattern=pattern(r"https response error StatusCode: <STATUS>, [^\n]{0,200}?api error (?P<message>[^\n]{0,300})"),
    ),
    LineShape(
        name="azure-sdk",
        title="an error of an Azure SDK",
        pattern=pattern(r"StatusCode=<STATUS>, (?P<message>ErrorCode=\w+, ErrorMessage=[^\n]{0,300})"),
    ),
    LineShape(
        name="azure-code",
        title="an error of Azure with its code",
        pattern=pattern(
            r"^(?P<message>(?:[^\n]{1,300}\n(?:RequestId:[^\n]{0,80}\nTime:[^\n]{0,80}\n)?)?[^\n]{0,60}?"
            r"Error ?Code: ?(?:Lease\w{1,40}|ScopeLocked|ConditionNotMet)\b(?:\nError Message: [^\n]{0,600})?)"
        ),
    ),
    LineShape(
        name="aws-cli",
        title="an error of the AWS command line or of boto3",
        pattern=pattern(
            r"(?P<message>An error occurred \((?:PreconditionFailed|ConditionalRequestConflict|AccessDenied)\) when"
            r" calling the \w+ operation[^\n]{0,300})"
        ),
    ),
    LineShape(
        name="kubernetes",
        title="Kubernetes' words on a change that came between",
        pattern=pattern(r"(?P<message>Operation cannot be fulfilled on [^\n]{0,400}has been modified[^\n]{0,200})"),
        status=409,
    ),
    LineShape(
        name="webdavclient3",
        title="an exception of webdavclient3, a library of Python",
        webdav=True,
        pattern=pattern(r"Request to (?P<url>https?://\S+) failed with code <STATUS>"),
    ),
    LineShape(
        name="azurestor",
        title="an error of AzureStor",
        pattern=pattern(
            r"\(HTTP <STATUS>\)\. Failed to [^\n]{0,200}Message:\n(?P<message>[^\n]{0,300}\n?[^\n]{0,300})"
        ),
    ),
    LineShape(
        name="home-assistant",
        title="an exception of a Home Assistant component",
        pattern=pattern(r"Http response for (?P<url>https?://\S+): <STATUS> (?P<reason>[^\n]{0,60})"),
    ),
)

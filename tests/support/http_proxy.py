"""A proxy between an HTTP client and its server that names each request and each answer; actions and hooks as in tcp_proxy.py.

HTTP/1.1 with Content-Length or without a body, which is all that our programs and the sandbox say; anything else is an error of the test.
Each message is gathered whole before the hook is asked, so that a request can be named by its body.
"""
import collections
import json
import re

from tcp_proxy import TcpProxy, Wire


class HttpMessage:
    """about: method, path and, for GraphQL, the first root field; an answer has that of its request. tag: the status of an answer."""
    __slots__ = ("connection", "to_server", "about", "tag")

    def __init__(self, connection, to_server, about, tag):
        self.connection, self.to_server, self.about, self.tag = connection, to_server, about, tag

    def __str__(self):
        return f"> {self.about}" if self.to_server else f"< {self.about} {self.tag}"


class HttpWire(Wire):
    def __init__(self, number):
        self._number = number
        self._asked = collections.deque()

    def measure(self, to_server, data, at):
        end = data.find(b"\r\n\r\n", at)
        if end < 0:
            return None
        first, *fields = bytes(data[at:end]).decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        if "transfer-encoding" in headers:
            raise ValueError(f"a message of unknown length: {first}")
        length = end + 4 - at + int(headers.get("content-length", 0))
        if len(data) - at < length:
            return None
        if not to_server:
            return length, HttpMessage(self._number, False, self._asked.popleft(), first.split(" ")[1])
        method, target, _ = first.split(" ")
        about = f"{method} {target.partition('?')[0]}"
        if target.endswith("/graphql"):
            query = json.loads(bytes(data[end + 4:at + length]))["query"]
            about += " " + re.search(r"\{\s*(\w+)", query).group(1)
        self._asked.append(about)
        return length, HttpMessage(self._number, True, about, "")

    def answered(self, message):
        return not message.to_server


class HttpProxy(TcpProxy):
    def __init__(self, upstream_port, hook=None):
        super().__init__(upstream_port, HttpWire, hook)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

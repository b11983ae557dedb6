"""A proxy between libpq and PostgreSQL that names every message of the wire protocol, for tests that break a connection at a chosen one.

    def hook(message):
        if message.to_server and message.kind == "Execute" and message.about == "commit":
            return DROP_ANSWER  # the commit happens, and the client never hears of it
    with PgProxy(port_of_postgres, hook) as proxy:
        ... "host=127.0.0.1 port={proxy.port}" ...

Actions and what a hook may do: tcp_proxy.py. Only headers and names are read; rows and values pass in large pieces. A connection that is
encrypted passes without being understood. An SSLRequest and its answer pass unasked, like a request to cancel.
"""
import collections
import struct

from tcp_proxy import CUT_AFTER, CUT_BEFORE, CUT_HALFWAY, DROP_ANSWER, PASS, Hold, Instead, Stall, TcpProxy, Wire  # noqa: F401 (for importers)

TO_SERVER = {b"Q": "Query", b"P": "Parse", b"B": "Bind", b"D": "Describe", b"E": "Execute", b"S": "Sync", b"H": "Flush", b"C": "Close",
             b"X": "Terminate", b"p": "Password", b"d": "CopyData", b"c": "CopyDone", b"f": "CopyFail"}
TO_CLIENT = {b"1": "ParseComplete", b"2": "BindComplete", b"3": "CloseComplete", b"T": "RowDescription", b"n": "NoData", b"D": "DataRow",
             b"C": "CommandComplete", b"I": "EmptyQueryResponse", b"s": "PortalSuspended", b"Z": "ReadyForQuery", b"E": "ErrorResponse",
             b"N": "NoticeResponse", b"A": "NotificationResponse", b"R": "Authentication", b"S": "ParameterStatus", b"K": "BackendKeyData",
             b"t": "ParameterDescription", b"G": "CopyInResponse", b"H": "CopyOutResponse", b"d": "CopyData", b"c": "CopyDone",
             b"v": "NegotiateProtocolVersion"}
NAMED_BY = 512  # bytes of a message that are read to name it
# What is answered one by one, and by which kind. A Query and a Sync are answered by ReadyForQuery.
ANSWER_OF = {"Parse": ("ParseComplete",), "Bind": ("BindComplete",), "Close": ("CloseComplete",), "Describe": ("RowDescription", "NoData"),
             "Execute": ("CommandComplete", "EmptyQueryResponse", "PortalSuspended")}
SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102


class PgMessage:
    """kind: its name in PostgreSQL's documentation ("Startup" for the first). about: the statement it belongs to, by its prepared name or the
    first words of its text, on answers too. tag: of CommandComplete; the SQLSTATE of ErrorResponse; the transaction status of
    ReadyForQuery; the channel of a notification. connection counts from 1; application is what the client called itself."""
    __slots__ = ("connection", "application", "to_server", "kind", "about", "tag", "length")

    def __init__(self, connection, application, to_server, kind, about, tag, length):
        self.connection, self.application, self.to_server = connection, application, to_server
        self.kind, self.about, self.tag, self.length = kind, about, tag, length

    def __str__(self):
        return " ".join(part for part in (">" if self.to_server else "<", self.kind, self.about, self.tag) if part)


def _text(data, start, end):
    """The zero-terminated string there, as far as it has been read."""
    stop = data.find(0, start, end)
    return bytes(data[start:end if stop < 0 else stop]).decode("utf-8", "replace")


def _first_words(sql):
    return " ".join(sql.split()[:6])[:80]


class PgWire(Wire):
    def __init__(self, number):
        self._number = number
        self._application = ""
        self._started = self._encryption_asked = False
        self._texts = {}  # prepared name -> how it is called here
        self._portals = {}
        self._awaited = collections.deque()  # (kind, about) of what the server has yet to answer
        self._skipping = False  # after an error the server answers nothing before the next Sync

    def measure(self, to_server, data, at):
        if to_server and not self._started:
            return self._start(data, at)
        if not to_server and self._encryption_asked:
            self._encryption_asked = False
            return (1, None) if data[at:at + 1] == b"N" else self._lose_track()
        if self._started == "encrypted":
            return 0, None
        if len(data) - at < 5:
            return None
        length = 1 + struct.unpack_from("!I", data, at + 1)[0]
        if len(data) - at < min(length, NAMED_BY):
            return None
        kind = (TO_SERVER if to_server else TO_CLIENT).get(data[at:at + 1], "?")
        end = at + min(length, NAMED_BY)
        about, tag = self._asked(kind, data, at + 5, end) if to_server else self._answered(kind, data, at + 5, end)
        return length, PgMessage(self._number, self._application, to_server, kind, about, tag, length)

    def answered(self, message):
        return message.kind == "ReadyForQuery"

    def _lose_track(self):
        self._started = "encrypted"
        return 0, None

    def _start(self, data, at):
        if len(data) - at < 8:
            return None
        length, code = struct.unpack_from("!II", data, at)
        if code == CANCEL_REQUEST:
            return length, None
        if code in (SSL_REQUEST, GSS_REQUEST):
            self._encryption_asked = True
            return length, None
        if len(data) - at < length:
            return None
        words = bytes(data[at + 8:at + length]).decode("utf-8", "replace").split("\0")
        self._application = dict(zip(words[::2], words[1::2])).get("application_name", "")
        self._started = True
        return length, PgMessage(self._number, self._application, True, "Startup", "", "", length)

    def _asked(self, kind, data, start, end):
        about = ""
        if kind == "Query":
            about = _first_words(_text(data, start, end))
        elif kind == "Parse":
            name = _text(data, start, end)
            about = self._texts[name] = name or _first_words(_text(data, start + 1, end))
        elif kind == "Bind":
            portal = _text(data, start, end)
            about = self._portals[portal] = self._called(_text(data, start + len(portal.encode()) + 1, end))
        elif kind == "Execute":
            about = self._portals.get(_text(data, start, end), "")
        elif kind in ("Describe", "Close"):
            name = _text(data, start + 1, end)
            about = self._called(name) if data[start:start + 1] == b"S" else self._portals.get(name, "")
        if kind in ("Query", "Sync") or kind in ANSWER_OF and not self._skipping:
            self._awaited.append((kind, about))
            self._skipping = False
        return about, ""

    def _called(self, name):
        return self._texts.get(name, name)

    def _answered(self, kind, data, start, end):
        about, tag = self._awaited[0][1] if self._awaited else "", ""
        if kind == "CommandComplete":
            tag = _text(data, start, end)
        elif kind == "ReadyForQuery":
            about, tag = "", _text(data, start, start + 1)
            while self._awaited and self._awaited.popleft()[0] not in ("Query", "Sync"):
                pass
        elif kind == "ErrorResponse":
            tag = next((part[1:] for part in bytes(data[start:end]).decode("utf-8", "replace").split("\0") if part[:1] == "C"), "")
            while self._awaited and self._awaited[0][0] not in ("Query", "Sync"):
                self._awaited.popleft()
            self._skipping = not self._awaited
        elif kind == "NotificationResponse":
            about, tag = "", _text(data, start + 4, end)
        elif kind in ("NoticeResponse", "ParameterStatus", "Authentication", "BackendKeyData"):
            about = ""
        if self._awaited and kind in ANSWER_OF.get(self._awaited[0][0], ()):
            self._awaited.popleft()
        return about, tag


def fatal(sqlstate, text):
    """What a server says before it ends the session by itself, for Instead()."""
    fields = b"".join(kind + value.encode() + b"\0" for kind, value in ((b"S", "FATAL"), (b"V", "FATAL"), (b"C", sqlstate), (b"M", text)))
    return b"E" + struct.pack("!I", len(fields) + 5) + fields + b"\0"


class PgProxy(TcpProxy):
    def __init__(self, upstream_port, hook=None):
        super().__init__(upstream_port, PgWire, hook)

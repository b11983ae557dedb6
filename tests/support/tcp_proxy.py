"""A TCP proxy that knows where one message ends and the next begins, so that a test can cut, stall or hold the connection at exactly one.

What a message is says a subclass of Wire (pg_proxy.py, http_proxy.py). A hook is asked about every message before any of it goes on and
answers with an action below; None means PASS. It runs in the proxy's own thread and must not block: to keep a message back while a test
does something slow, return a Hold and let go of it from elsewhere.
"""
import asyncio
import contextlib
import socket
import threading

PASS = "pass"
CUT_BEFORE = "cut before"  # not a byte of it goes on; both ends see the connection end
CUT_HALFWAY = "cut halfway"  # its first half goes on
CUT_AFTER = "cut after"  # all of it goes on, nothing after it in either direction
DROP_ANSWER = "drop answer"  # all of it goes on and is answered, but nothing of the answer comes through and then both ends end
_SWALLOW = "swallow"


class Stall:
    """Nothing goes on in this direction of this connection for so long; then the message passes."""

    def __init__(self, seconds):
        self.seconds = seconds


class Hold:
    """The same until another thread says what is to become of the message. The connection may have ended by then."""

    def __init__(self):
        self._let_go = threading.Lock()
        self._action = None
        self._resume = None

    def release(self, action=PASS):
        with self._let_go:
            self._action = self._action or action
            if self._resume:
                self._resume(self._action)

    def _arm(self, resume):
        with self._let_go:
            self._resume = resume
            if self._action:
                resume(self._action)


class Instead:
    """These bytes go on in the message's place, and nothing after them."""

    def __init__(self, data):
        self.data = data


class Wire:
    """How one connection's bytes fall into messages. One instance per connection sees both directions.
    Made with the number of the connection, which counts from 1.

    measure(to_server, data, at) looks at the bytes from `at` on and returns None (more bytes are needed to tell) or (length, message):
    length of the whole message from `at`, which need not have arrived yet, and what the hook is to be asked, or None to pass it unasked.
    length 0: from here on the direction cannot be understood and passes as it comes.
    """

    def measure(self, to_server, data, at):
        raise NotImplementedError

    def answered(self, message):
        """Whether this message to the client ends the answer to what was sent before."""
        raise NotImplementedError


class TcpProxy:
    """Listens on a free port of 127.0.0.1 until close(). hook may be changed at any time; connections that are open follow."""

    def __init__(self, upstream_port, wire, hook=None, upstream_host="127.0.0.1"):
        self.upstream = (upstream_host, upstream_port)
        self.hook = hook
        self._wire = wire
        self._connections = set()
        self.connections_made = 0
        self.failure = None  # what a hook raised; close() raises it again
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._failed)
        self._server = self._loop.run_until_complete(self._loop.create_server(lambda: _End(self, None), sock=listener))
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()

    def cut_all(self):
        """Every connection ends now; new ones are let through."""
        self._call(self._cut_all)

    def close(self):
        if self._loop.is_closed():
            return
        self._call(self._server.close)
        self._call(self._cut_all)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        with contextlib.suppress(RuntimeError):
            self._loop.run_until_complete(asyncio.sleep(0))  # sockets close in the round after
        self._loop.close()
        if self.failure:
            raise self.failure

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _failed(self, _, context):
        self.failure = self.failure or context.get("exception")

    def _call(self, what):
        done = threading.Event()

        def run():
            try:
                what()
            finally:
                done.set()
        self._loop.call_soon_threadsafe(run)
        done.wait(10)

    def _cut_all(self):
        for connection in list(self._connections):
            connection.cut()


class _Connection:
    """Both ends of one connection and the two directions between them."""

    def __init__(self, proxy, client):
        proxy.connections_made += 1
        self.proxy, self.loop = proxy, proxy._loop
        self.number = proxy.connections_made
        self.wire = proxy._wire(self.number)
        self.over = False
        self.drop_answer = False
        self.client, self.server = client, _End(proxy, self)
        self.to_server, self.to_client = _Direction(self, True), _Direction(self, False)
        proxy._connections.add(self)
        self._connecting = self.loop.create_task(self._connect())

    async def _connect(self):
        try:
            await self.loop.create_connection(lambda: self.server, *self.proxy.upstream)
        except OSError:
            self.cut()
            return
        if self.over:
            self.server.transport.abort()
            return
        self.to_server.source, self.to_server.target = self.client.transport, self.server.transport
        self.to_client.source, self.to_client.target = self.server.transport, self.client.transport
        self.client.feeds, self.server.feeds = self.to_server, self.to_client
        self.client.drains, self.server.drains = self.to_client, self.to_server
        self.client.take_early()
        if not self.over:
            self.client.transport.resume_reading()

    def cut(self):
        """What has been handed on still arrives; nothing else does."""
        if self.over:
            return
        self.over = True
        self.proxy._connections.discard(self)
        for end in (self.client, self.server):
            if end.transport:
                end.transport.close()


class _End(asyncio.Protocol):
    """One socket. The client's end makes the connection, the server's belongs to it."""

    def __init__(self, proxy, connection):
        self._proxy, self.connection = proxy, connection
        self.transport = None
        self.feeds = self.drains = None
        self._early = b""  # Python before 3.11.4 reads on although connection_made() paused it

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.connection:
            transport.pause_reading()
            self.connection = _Connection(self._proxy, self)

    def data_received(self, data):
        if self.connection.over:
            return
        if self.feeds:
            self.feeds.take(data)
        else:
            self._early += data

    def take_early(self):
        if early := self._early:
            self._early = b""
            self.feeds.take(early)

    def eof_received(self):
        return False

    def connection_lost(self, exc):
        if self.connection:
            self.connection.cut()

    def pause_writing(self):
        if self.drains:
            self.drains.full(True)

    def resume_writing(self):
        if self.drains:
            self.drains.full(False)


class _Direction:
    def __init__(self, connection, to_server):
        self.connection, self.to_server = connection, to_server
        self.source = self.target = None
        self._buffer = b""
        self._rest = 0  # bytes still to come of a message that was decided on, and
        self._then = PASS  # what follows when they are through: PASS, CUT_AFTER, or _SWALLOW all along
        self._decided = None  # of the message in front, when its wait is over
        self._understood = True
        self._waiting = self._target_full = False

    def take(self, data):
        self._buffer = self._buffer + data if self._buffer else data
        if not self._waiting:
            self._move()

    def full(self, yes):
        self._target_full = yes
        self._pace()

    def _pace(self):
        # A transport that is closing cannot be paused any more.
        with contextlib.suppress(RuntimeError):
            if self._target_full or self._waiting:
                self.source.pause_reading()
            else:
                self.source.resume_reading()

    def _move(self):
        """Passes on what may go, in one piece where nothing intervenes. `at`: how far the buffer may go."""
        connection, data, at = self.connection, self._buffer, 0
        while at < len(data):
            if self._rest:
                if self._then == _SWALLOW:
                    self._send(data, at)
                    gone = min(self._rest, len(data) - at)
                    data, at, self._rest = data[at + gone:], 0, self._rest - gone
                    continue
                step = min(self._rest, len(data) - at)
                at, self._rest = at + step, self._rest - step
                if not self._rest and self._then == CUT_AFTER:
                    self._end_after(data, at)
                    return
                continue
            seen = self._decided[0] if self._decided else connection.wire.measure(self.to_server, data, at)
            if seen is None:
                break
            length, message = seen
            if length == 0:
                self._rest = 1 << 62
                continue
            action, self._decided = self._decided[1] if self._decided else self._ask(message), None
            if isinstance(action, (Stall, Hold)):
                self._wait(data, at, seen, action)
                return
            if action == CUT_BEFORE:
                self._end_after(data, at)
                return
            if isinstance(action, Instead):
                self._end_after(data[:at] + action.data, at + len(action.data))
                return
            if action == DROP_ANSWER:
                connection.drop_answer = True
            halfway = action == CUT_HALFWAY
            self._rest = max(length // 2, 1) if halfway else length
            self._then = CUT_AFTER if halfway else action if action in (CUT_AFTER, _SWALLOW) else PASS
        self._send(data, at)
        self._buffer = data[at:]

    def _ask(self, message):
        connection = self.connection
        if message is None:
            return PASS
        if connection.drop_answer and not self.to_server:
            # The end of the answer is waited for: only then has the server done all that it was asked.
            return CUT_BEFORE if connection.wire.answered(message) else _SWALLOW
        hook = connection.proxy.hook
        return (hook(message) if hook else PASS) or PASS

    def _send(self, data, at):
        if at:
            self.target.write(data[:at] if at < len(data) else data)

    def _end_after(self, data, at):
        self._send(data, at)
        self._buffer = b""
        self.connection.cut()

    def _wait(self, data, at, seen, action):
        self._send(data, at)
        self._buffer = data[at:]
        self._waiting = True
        self._pace()

        def go_on(then):
            if self.connection.over:
                return
            self._decided, self._waiting = (seen, then), False
            self._pace()
            self._move()

        def resume(then):
            with contextlib.suppress(RuntimeError):  # the proxy is closed
                self.connection.loop.call_soon_threadsafe(go_on, then)
        if isinstance(action, Stall):
            self.connection.loop.call_later(action.seconds, go_on, PASS)
        else:
            action._arm(resume)

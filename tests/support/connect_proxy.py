"""A forward proxy as companies have one (CONNECT, with Basic authentication), and a TLS front for a server that speaks plain HTTP."""
import base64
import contextlib
import socket
import ssl
import subprocess
import threading


def make_certificate(folder, name):
    """A certificate for this host name, which is its own authority; its file and that of its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
                    f"subjectAltName=DNS:{name}", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


class _Listener:
    """A thread for each connection, on a free port of 127.0.0.1 until close()."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._guarded, args=(self._socket.accept()[0],), daemon=True).start()

    def _guarded(self, client):
        with contextlib.suppress(OSError), client:
            self.serve(client)


def _pump(one, other):
    """Both ways, until either side ends."""
    def copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
    back = threading.Thread(target=copy, args=(other, one), daemon=True)
    back.start()
    copy(one, other)
    back.join()


class TlsFront(_Listener):
    def __init__(self, certificate, key, upstream_port):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._upstream_port = upstream_port
        super().__init__()

    def serve(self, client):
        with self._context.wrap_socket(client, server_side=True) as secured, \
                socket.create_connection(("127.0.0.1", self._upstream_port)) as upstream:
            _pump(secured, upstream)


class ConnectProxy(_Listener):
    """routes: "host:port" to a local port; other places are refused. seen: what was asked, and the status it was answered."""

    def __init__(self, routes, user=None, password=None):
        self.routes = routes
        self.seen = []
        self.allow(user, password)
        super().__init__()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def allow(self, user, password):
        self._authorization = user and "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def serve(self, client):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            data = client.recv(1)  # not a byte of what follows
            if not data:
                return
            head += data
        first, *fields = head.decode("latin-1").strip().split("\r\n")
        method, place, _ = first.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        status = 405 if method != "CONNECT" else 407 if self._authorization and headers.get("proxy-authorization") != self._authorization \
            else 403 if place not in self.routes else 200
        self.seen.append((place, status))
        if status != 200:
            client.sendall(f"HTTP/1.1 {status} Refused\r\nContent-Length: 6\r\n\r\nnever\n".encode())
            return
        with socket.create_connection(("127.0.0.1", self.routes[place])) as upstream:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _pump(client, upstream)

"""slow_clients.py HOST PORT COUNT   clients that begin a request and never finish it: half a header, then a byte every two seconds.

Who is sent away comes back a second later. Says "all have tried" when each has connected once, and at SIGTERM one line of JSON.
"""
import asyncio
import json
import resource
import signal
import sys

HOST, PORT, COUNT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
HEAD = b"POST /v1/webhooks/itsm HTTP/1.1\r\nHost: 127.0.0.1\r\nwebhook-id: "
TRICKLE_S, BACK_S = 2, 1
AT_ONCE = 200  # connection attempts at a time
# One address has 28,000 ports, and a connection the other side closed keeps its own for a minute.
ADDRESSES = 20

seen = {"opened": 0, "failed": 0, "503": 0, "408": 0, "silent": 0, "open_max": 0}
clients = set()


class SlowClient(asyncio.Protocol):
    def __init__(self):
        self.gone = asyncio.get_running_loop().create_future()
        self.heard = b""

    def connection_made(self, transport):
        self.transport = transport
        clients.add(self)
        seen["opened"] += 1
        seen["open_max"] = max(seen["open_max"], len(clients))
        transport.write(HEAD)

    def data_received(self, data):
        self.heard += data[:64]

    def connection_lost(self, _why):
        clients.discard(self)
        status = self.heard[9:12].decode("ascii", "replace")
        seen[status if status in seen else "silent"] += 1
        self.gone.set_result(None)


async def stay(number, attempts, tried):
    """One client: connects, stays while it may, comes back."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            async with attempts:
                _, client = await loop.create_connection(SlowClient, HOST, PORT, local_addr=(f"127.0.1.{number % ADDRESSES + 1}", 0))
            tried()
            await client.gone
        except OSError:
            seen["failed"] += 1
            tried()
        await asyncio.sleep(BACK_S)


async def trickle():
    while True:
        for client in list(clients):
            client.transport.write(b"x")
        await asyncio.sleep(TRICKLE_S)


async def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    done, left = asyncio.Event(), COUNT
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, done.set)

    def tried():
        nonlocal left
        left -= 1
        if left == 0:
            print("all have tried", flush=True)

    attempts = asyncio.Semaphore(AT_ONCE)
    tasks = [asyncio.create_task(stay(number, attempts, tried)) for number in range(COUNT)] + [asyncio.create_task(trickle())]
    await done.wait()
    print(json.dumps(seen), flush=True)
    for each in tasks:
        each.cancel()


asyncio.run(main())

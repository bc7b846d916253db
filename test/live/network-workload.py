"""What the live tests of the network record, in a network of its own: prints what it did as JSON.

Usage: network-workload.py ping SIZE COUNT raw|datagram
       network-workload.py http BYTES
       network-workload.py connect
       network-workload.py names NAME...
"""

import array
import ctypes
import fcntl
import http.server
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time


def loopback_up():
    """Sets the device lo of this network up, and allows echo sockets to everybody."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 1)
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS, IFF_UP
    with open("/proc/sys/net/ipv4/ping_group_range", "w") as file:
        file.write("0 2147483647")


def checksum(data):
    words = array.array("H", data + b"\0" * (len(data) % 2))
    total = sum(words)
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ping(size, count, kind):
    is_raw = kind == "raw"
    echo = socket.socket(
        socket.AF_INET, socket.SOCK_RAW if is_raw else socket.SOCK_DGRAM, socket.IPPROTO_ICMP
    )
    if is_raw:
        echo.setsockopt(255, 1, struct.pack("i", ~1))  # SOL_RAW, ICMP_FILTER: replies only
    received = []
    for number in range(1, count + 1):
        head = struct.pack("!BBHHH", 8, 0, 0, os.getpid() & 0xFFFF, number)
        message = head + bytes(size)
        sum_ = struct.pack("H", checksum(message))
        echo.sendto(message[:2] + sum_ + message[4:], ("127.0.0.1", 0))
        received.append(len(echo.recvmsg(65536)[0]))
    return {"pid": os.getpid(), "received": received}


def interface_counters():
    """Bytes and packets that lo of this network has sent."""
    with open("/proc/self/net/dev") as file:
        for line in file:
            name, _, numbers = line.partition(":")
            if name.strip() == "lo":
                fields = [int(word) for word in numbers.split()]
                return {"bytes": fields[8], "packets": fields[9]}
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    size = 0

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(self.size))
        self.end_headers()
        self.wfile.write(bytes(self.size))

    def log_message(self, *_):
        pass


def download(size):
    Handler.size = size
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    packets.bind(("lo", 0))
    packets.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)  # SO_RCVBUFFORCE
    before = interface_counters()
    port = server.server_port
    words = "%{size_download} %{size_header} %{size_request} %{local_port}"
    url = f"http://127.0.0.1:{port}/"
    told = subprocess.run(
        ["curl", "-s", "--noproxy", "*", "-o", "/dev/null", "-w", words, url],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    time.sleep(0.6)
    after = interface_counters()
    sizes = []
    packets.setblocking(False)
    buffer = bytearray(262144)
    try:
        while True:
            length, address = packets.recvfrom_into(buffer)
            if address[2] == 4:  # PACKET_OUTGOING: each packet of lo comes back too
                sizes.append(length)
    except BlockingIOError:
        pass
    body, head, request, local_port = (int(word) for word in told)
    return {
        "port": port,
        "local_port": local_port,
        "body": body,
        "response_head": head,
        "request": request,
        "frames": len(sizes),
        "frame_bytes": sum(sizes),
        "counter_bytes": after["bytes"] - before["bytes"],
        "counter_packets": after["packets"] - before["packets"],
    }


def connect():
    """Connections made and accepted, made only, and refused, over IPv4 and IPv6."""
    result = {"pid": os.getpid(), "accepted": [], "pending": [], "refused": []}
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        server = socket.socket(family, socket.SOCK_STREAM)
        server.bind((host, 0))
        server.listen(16)
        port = server.getsockname()[1]
        for _ in range(2):
            client = socket.create_connection((host, port))
            peer, _ = server.accept()
            result["accepted"].append({"host": host, "port": port, "from": client.getsockname()[1]})
            client.close()
            peer.close()
        waiting = socket.socket(family, socket.SOCK_STREAM)
        waiting.setblocking(False)
        waiting.connect_ex((host, port))
        time.sleep(0.05)
        result["pending"].append({"host": host, "port": port, "from": waiting.getsockname()[1]})
        waiting.close()
        server.close()
        nobody = socket.socket(family, socket.SOCK_STREAM)
        try:
            nobody.connect((host, port))
        except ConnectionRefusedError:
            result["refused"].append({"host": host, "port": port})
        nobody.close()
    return result


def names(hosts):
    """Looks names up that need no server, by the C library itself."""
    library = ctypes.CDLL(None)
    answers = []
    for host in hosts:
        hints = struct.pack("iiii", 4 if host == "not-a-number" else 0, 0, 0, 0) + bytes(32)
        found = ctypes.c_void_p()
        begin = time.monotonic_ns()
        ret = library.getaddrinfo(host.encode(), None, hints, ctypes.byref(found))
        answers.append({"host": host, "ret": ret, "ns": time.monotonic_ns() - begin})
    return {"pid": os.getpid(), "lookups": answers}


def main():
    what, *rest = sys.argv[1:]
    loopback_up()
    if what == "ping":
        done = ping(int(rest[0]), int(rest[1]), rest[2])
    elif what == "http":
        done = download(int(rest[0]))
    elif what == "connect":
        done = connect()
    else:
        done = names(rest)
    print(json.dumps(done))


main()

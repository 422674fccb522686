"""What the network tests do inside namespaces: one deed per call, the answer on standard output."""

import socket
import struct
import sys
import time


def serve(protocol, address, port, word):
    """Answers every connection or datagram with the word and the visitor's address."""
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    server = socket.socket(socket.AF_INET, kind)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, int(port)))
    if protocol == "tcp":
        server.listen(16)
    print("ready", flush=True)
    while True:
        if protocol == "tcp":
            visitor, peer = server.accept()
            visitor.sendall(f"{word} {peer[0]}".encode())
            visitor.close()
        else:
            _, peer = server.recvfrom(512)
            server.sendto(f"{word} {peer[0]}".encode(), peer)


def ask(protocol, address, port, source=""):
    """The answer, or `refused`, or `silent`."""
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    client = socket.socket(socket.AF_INET, kind)
    client.settimeout(0.5)
    if source:
        client.bind((source, 0))
    try:
        client.connect((address, int(port)))
        if protocol == "udp":
            client.send(b"?")
        print(client.recv(512).decode())
    except (ConnectionRefusedError, ConnectionResetError):
        print("refused")
    except OSError:
        print("silent")


def name(server, name, kind="1"):
    """The addresses of a name, or the reply code, or `silent`: RFC 1035, 4."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(1)
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    client.sendto(struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", int(kind), 1), (server, 53))
    try:
        reply = client.recv(2048)
    except OSError:
        return print("silent")
    _, flags, _, answers, _, _ = struct.unpack("!6H", reply[:12])
    if answers == 0:
        return print({0: "no data", 3: "no such name"}.get(flags & 15, f"reply code {flags & 15}"))
    at = 12 + len(labels) + 1 + 4
    found = []
    for _ in range(answers):
        at += 2
        length = struct.unpack("!H", reply[at + 8 : at + 10])[0]
        data = reply[at + 10 : at + 10 + length]
        found.append(socket.inet_ntoa(data) if length == 4 else text_of(data))
        at += 10 + length
    print(" ".join(sorted(found)))


def text_of(data):
    labels = []
    while data and 0 < data[0] < 64:
        labels.append(data[1 : 1 + data[0]].decode())
        data = data[1 + data[0] :]
    return ".".join(labels)


def frame(interface, *frames):
    """Sends Ethernet frames given in hexadecimal."""
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind((interface, 0))
    for one in frames:
        raw.send(bytes.fromhex(one))


def sniff(interface, seconds):
    """Prints every frame that comes in, in hexadecimal, until the time is over."""
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
    raw.bind((interface, 0))
    print("ready", flush=True)
    end = time.monotonic() + float(seconds)
    while (left := end - time.monotonic()) > 0:
        raw.settimeout(left)
        try:
            data, origin = raw.recvfrom(2048)
        except OSError:
            break
        if origin[2] != socket.PACKET_OUTGOING:
            print(data.hex(), flush=True)


globals()[sys.argv[1]](*sys.argv[2:])

"""Where packets begin and end in a stream of bytes, for filters that drop some of them."""

from collections.abc import Callable

Framing = Callable[[bytes], tuple[list[bytes], bytes]]  # whole packets, and the beginning of the next


def chunks(stream: bytes) -> tuple[list[bytes], bytes]:
    """Whatever came in one piece."""
    return [stream], b""


def mqtt_packets(stream: bytes) -> tuple[list[bytes], bytes]:
    """Fixed header, remaining length in up to four bytes of seven bits, then so many bytes."""
    packets = []
    while (size := _mqtt_size(stream)) and len(stream) >= size:
        packets.append(stream[:size])
        stream = stream[size:]
    return packets, stream


def mqtt_topic(packet: bytes) -> str | None:
    """The topic of a PUBLISH, None for every other packet."""
    if packet[0] >> 4 != 3:
        return None
    start = 1 + next(i for i, byte in enumerate(packet[1:], 1) if byte < 0x80)
    length = int.from_bytes(packet[start : start + 2])
    return packet[start + 2 : start + 2 + length].decode()


def postgres_messages(stream: bytes) -> tuple[list[bytes], bytes]:
    """One letter and a length that counts itself; what the server says after the log-in began."""
    messages = []
    while len(stream) >= 5 and len(stream) >= (size := 1 + int.from_bytes(stream[1:5])):
        messages.append(stream[:size])
        stream = stream[size:]
    return messages, stream


def _mqtt_size(stream: bytes) -> int:
    """Of the packet at the beginning; 0 while that is not known."""
    length = 0
    for place, byte in enumerate(stream[1:5]):
        length |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return 2 + place + length
    return 0

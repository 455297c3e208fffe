"""Varints of protobuf's wire format: written by make_onnx.py, read where tests look into models or break them."""


def varint(value):
    """The bytes of a number that is not negative."""
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def read_varint(data, start):
    """(value, place behind it); raises IndexError at the end of the data."""
    value, shift = 0, 0
    while data[start] & 0x80 and shift < 63:
        value |= (data[start] & 0x7f) << shift
        start, shift = start + 1, shift + 7
    return value | (data[start] & 0x7f) << shift, start + 1

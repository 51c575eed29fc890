"""For each row of the catalogue of HTTP/1 that a response can have: the octets of a response that has
it, and what a client of HTTP/1.1 may see of it."""
from raw_examples import Example

CHUNKED = b"Transfer-Encoding: chunked\r\n"
HELLO = b"5\r\nhello\r\n0\r\n\r\n"
LENGTH = b"Content-Length: 5\r\n"
OK = b"HTTP/1.1 200 OK\r\n"


def ok(lines, content=b"hello", start=OK):
    return start + lines + b"\r\n" + content


def chunks(octets):
    return ok(CHUNKED, octets)


def seen(lines=b"", content=b"hello", start=OK):
    """What a response with a length becomes."""
    return start + lines + b"content-length: %d\r\n\r\n" % len(content) + content


def seen_chunks(*pieces, trailers=b"", lines=b""):
    """What a response without length becomes."""
    text = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in pieces)
    return OK + lines + b"transfer-encoding: chunked\r\n\r\n" + text + b"0\r\n" + trailers + b"\r\n"


def one(name, octets, canonical=b"", **more):
    return Example((name,) if isinstance(name, str) else name, octets, canonical, **more)


def until_close(name, octets, canonical):
    return one(name, octets, canonical, half_closes=True)


EXAMPLES = (
    # --- line ends ---
    one("leading-crlf", b"\r\n" + ok(LENGTH)),
    one(("bare-lf-start-line", "bare-lf-field-line"), b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        seen()),
    one(("bare-lf-field-line", "mixed-eol"), ok(b"X: b\n" + LENGTH), seen(b"x: b\r\n")),
    one(("mixed-eol", "bare-lf-field-line"), ok(LENGTH + b"X: b\n"), seen(b"x: b\r\n")),
    one("bare-cr-start-line", ok(LENGTH, start=b"HTTP/1.1 200 O\rK\r\n")),
    one("bare-cr-in-value", ok(b"X: b\rc\r\n" + LENGTH), seen(b"x: b c\r\n")),
    one("bare-cr-line", ok(b"X\rY: b\r\n" + LENGTH)),
    one("bare-cr-framing", ok(b"Content-Length: 5\r5\r\n")),
    one("nul-start-line", ok(LENGTH, start=b"HTTP/1.1 200 O\0K\r\n")),
    # --- status line ---
    one("http1-higher-minor", ok(LENGTH, start=b"HTTP/1.2 200 OK\r\n"), seen()),
    one("bad-version", ok(LENGTH, start=b"HTTP/1.1x 200 OK\r\n")),
    one("bad-version#2", ok(LENGTH, start=b"HTTP/2.0 200 OK\r\n")),
    one("multiple-space-status-line", ok(LENGTH, start=b"HTTP/1.1  200 OK\r\n"), seen()),
    one("tab-in-status-line", ok(LENGTH, start=b"HTTP/1.1\t200 OK\r\n"), seen()),
    one("ctl-in-reason", ok(LENGTH, start=b"HTTP/1.1 200 O\x01K\r\n"), seen()),
    one("missing-reason-sp", ok(LENGTH, start=b"HTTP/1.1 200\r\n"), seen()),
    one("bad-status-code", ok(LENGTH, start=b"HTTP/1.1 20 OK\r\n")),
    one("status-code-out-of-range", ok(LENGTH, start=b"HTTP/1.1 799 Odd\r\n"),
        seen(start=b"HTTP/1.1 799 \r\n")),
    until_close("icy-status-line", ok(b"", start=b"ICY 200 OK\r\n"), seen_chunks(b"hello")),
    until_close("http09-response", b"<html>hello", seen_chunks(b"<html>hello")),
    # --- field lines ---
    one("space-before-colon", ok(b"X : b\r\n" + LENGTH), seen(b"x: b\r\n")),
    one("obs-fold", ok(b"X: b\r\n Content-Length: 9\r\n" + LENGTH),
        seen(b"x: b Content-Length: 9\r\n")),
    one("obs-fold-framing", ok(b"Content-Length: 5\r\n 5\r\n")),
    one("space-before-first-field", ok(b" X: b\r\n" + LENGTH), seen()),
    one("field-without-colon", ok(b"garbage\r\n" + LENGTH), seen()),
    one("empty-field-name", ok(b": b\r\n" + LENGTH), seen()),
    one("non-token-field-name", ok(b"X(Y: b\r\n" + LENGTH), seen()),
    one("framing-lookalike-name", ok(b"Content-Length\x85: 5\r\n")),
    one("nul-in-field", ok(b"X: b\0c\r\n" + LENGTH)),
    one("ctl-in-value", ok(b"X: b\x01c\r\n" + LENGTH), seen(b"x: b c\r\n")),
    one("ctl-framing", ok(b"Content-Length: 5\x0b\r\n")),
    one("obs-text-framing", ok(b"Content-Length: 5\xa0\r\n")),
    one("underscore-framing-alias", ok(b"Content_Length: 9\r\n" + LENGTH), seen()),
    one("line-too-long", ok(b"X: " + b"b" * 70_000 + b"\r\n" + LENGTH)),
    one("too-many-fields", ok(b"X: b\r\n" * 300 + LENGTH)),
    # --- length ---
    one("cl-leading-zeros", ok(b"Content-Length: 005\r\n"), seen()),
    one("cl-duplicate-same", ok(LENGTH + LENGTH), seen()),
    one("cl-conflict", ok(LENGTH + b"Content-Length: 6\r\n")),
    one("cl-invalid", ok(b"Content-Length: +5\r\n" + LENGTH)),
    until_close("cl-invalid-response", ok(b"Content-Length: +5\r\n"), seen_chunks(b"hello")),
    one("cl-overflow", ok(b"Content-Length: 9223372036854775808\r\n")),
    one("cl-and-te", ok(b"Content-Length: 3\r\n" + CHUNKED, HELLO),
        seen_chunks(b"hello")),
    one("cl-invalid-with-te", ok(b"Content-Length: x\r\n" + CHUNKED, b"0\r\n\r\n")),
    one("te-in-http10", ok(CHUNKED, HELLO, b"HTTP/1.0 200 OK\r\n"),
        seen_chunks(b"hello")),
    one("te-identity", ok(b"Transfer-Encoding: identity, chunked\r\n", HELLO),
        seen_chunks(b"hello")),
    until_close("te-chunked-not-final", ok(b"Transfer-Encoding: chunked, xraw\r\n"),
                seen_chunks(b"hello")),
    until_close("te-unknown-response", ok(b"Transfer-Encoding: xchunked\r\n"), seen_chunks(b"hello")),
    one("te-chunked-twice", ok(b"Transfer-Encoding: chunked, chunked\r\n", HELLO),
        seen_chunks(b"hello")),
    one("te-empty-element", ok(b"Transfer-Encoding: ,chunked\r\n", HELLO),
        seen_chunks(b"hello")),
    one("te-empty", ok(b"Transfer-Encoding:\r\n" + LENGTH)),
    one("te-malformed", ok(b"Transfer-Encoding: chunked;q=1\r\n", b"0\r\n\r\n")),
    one(("te-multiple-lines", "te-chunked-twice"), ok(CHUNKED + CHUNKED, HELLO),
        seen_chunks(b"hello")),
    one("te-unsupported-coding", ok(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n")),
    # --- chunks ---
    one("chunk-size-trailing-ws", chunks(b"5 \r\nhello\r\n0\r\n\r\n"), seen_chunks(b"hello"),
        late=True),
    one("chunk-size-invalid", chunks(b"5\r\nhello\r\n0x5\r\nhello\r\n0\r\n\r\n"), seen_chunks(b"hello"),
        late=True),
    one("chunk-size-overflow", chunks(b"5\r\nhello\r\n8000000000000000\r\n"), seen_chunks(b"hello"),
        late=True),
    one("bare-lf-chunk-line", chunks(b"5\nhello\r\n0\r\n\r\n"), seen_chunks(), late=True),
    one("bare-cr-chunk-line", chunks(b"5\r;a\r\nhello\r\n0\r\n\r\n"), seen_chunks(), late=True),
    one("chunk-ext-unbalanced-quote", chunks(b"5;a=\"b\r\nhello\r\n0\r\n\r\n"), seen_chunks(), late=True),
    one("chunk-ext-malformed", chunks(b"5;;a\r\nhello\r\n0\r\n\r\n"), seen_chunks(b"hello"), late=True),
    one("chunk-ext-ctl", chunks(b"5;a=\x01\r\nhello\r\n0\r\n\r\n"), seen_chunks(), late=True),
    one("chunk-line-too-long", chunks(b"5;" + b"a" * 5000 + b"\r\nhello\r\n0\r\n\r\n"), seen_chunks(),
        late=True),
    one("chunk-overhead", chunks((b"1;" + b"a" * 1000 + b"\r\nb\r\n") * 120 + b"0\r\n\r\n"),
        seen_chunks(*[b"b"] * 120), late=True),
    one("chunk-data-terminator", chunks(b"5\r\nhello0\r\n\r\n"), seen_chunks(b"hello"), late=True),
    one("eof-after-last-chunk", chunks(b"5\r\nhello\r\n0\r\n"), seen_chunks(b"hello"), half_closes=True,
        late=True),
    # --- trailers and the end ---
    one("forbidden-trailer-field", chunks(b"5\r\nhello\r\n0\r\nSet-Cookie: b\r\nX: c\r\n\r\n"),
        seen_chunks(b"hello", trailers=b"x: c\r\n"), late=True),
    one("forbidden-trailer-field#2", chunks(b"5\r\nhello\r\n0\r\nContent-Length: 9\r\nX: c\r\n\r\n"),
        seen_chunks(b"hello", trailers=b"x: c\r\n"), late=True),
    one("malformed-trailer", chunks(b"5\r\nhello\r\n0\r\ngarbage\r\nX: c\r\n\r\n"),
        seen_chunks(b"hello", trailers=b"x: c\r\n"), late=True),
    one("bare-lf-trailer", chunks(b"5\r\nhello\r\n0\r\nX: b\n\r\n"), seen_chunks(b"hello"), late=True),
    one("obs-fold-trailer", chunks(b"5\r\nhello\r\n0\r\nX: b\r\n c\r\n\r\n"), seen_chunks(b"hello"),
        late=True),
    one("framing-on-bodyless-status", ok(LENGTH, b"", b"HTTP/1.1 204 No Content\r\n"),
        b"HTTP/1.1 204 No Content\r\n\r\n"),
    one("unsolicited-101", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    one("close-and-keep-alive", ok(b"Connection: keep-alive, close\r\n" + LENGTH), seen()),
    one("incomplete", b"HTTP/1.1 200 OK\r\nConte", half_closes=True),
    one("truncated", ok(b"Content-Length: 6\r\n"), b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello",
        half_closes=True, late=True),
)

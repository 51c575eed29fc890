"""For each row of the catalogue of HTTP/1 that a request can have: the octets of a request that has it,
and the octets that an origin may see of it."""
from raw_examples import Example

GET = b"GET / HTTP/1.1\r\n"
HOST = b"Host: a\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
HELLO = b"5\r\nhello\r\n0\r\n\r\n"


def get(lines=b"", start=GET):
    return start + HOST + lines + b"\r\n"


def post(lines, content=b""):
    return b"POST / HTTP/1.1\r\n" + HOST + lines + b"\r\n" + content


def chunks(octets):
    return post(CHUNKED, octets)


def sent(lines=b"", target=b"/"):
    """What a GET becomes."""
    return b"GET " + target + b" HTTP/1.1\r\nhost: a\r\n" + lines + b"\r\n"


def sent_post(content=None, chunked=None, trailers=b""):
    """What a POST becomes."""
    head = b"POST / HTTP/1.1\r\nhost: a\r\n"
    if chunked is None:
        return head + b"content-length: %d\r\n\r\n" % len(content) + content
    text = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunked)
    return head + b"transfer-encoding: chunked\r\n\r\n" + text + b"0\r\n" + trailers + b"\r\n"


def one(name, octets, canonical=b"", **more):
    return Example((name,) if isinstance(name, str) else name, octets, canonical, **more)


EXAMPLES = (
    # --- line ends ---
    one("leading-crlf", b"\r\n\r\n" + get(), sent()),
    one("leading-lf", b"\n" + get(), sent()),
    one(("leading-crlf-flood", "leading-crlf"), b"\r\n" * 9 + get()),
    one(("bare-lf-start-line", "bare-lf-field-line"), b"GET / HTTP/1.1\nHost: a\nX: b\n\n",
        sent(b"x: b\r\n")),
    one(("bare-lf-field-line", "mixed-eol"), GET + b"Host: a\nX: b\r\n\r\n", sent(b"x: b\r\n")),
    one(("mixed-eol", "bare-lf-field-line"), GET + b"Host: a\r\nX: b\n\r\n", sent(b"x: b\r\n")),
    one(("mixed-eol-with-body", "bare-lf-field-line", "mixed-eol"),
        post(b"X: b\nContent-Length: 5\r\n", b"hello")),
    one("bare-cr-start-line", b"GET /\rx HTTP/1.1\r\n" + HOST + b"\r\n"),
    one("bare-cr-in-value", get(b"X: b\rc\r\n"), sent(b"x: b c\r\n")),
    one("bare-cr-line", get(b"\rX: b\r\n")),
    one("bare-cr-framing", post(b"Content-Length: 5\r5\r\n", b"hello")),
    one("nul-start-line", b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n"),
    # --- request line ---
    one("multiple-space-request-line", get(start=b"GET  /  HTTP/1.1\r\n"), sent()),
    one("tab-in-request-line", get(start=b"GET\t/ HTTP/1.1\r\n"), sent()),
    one("leading-space-request-line", get(start=b" GET / HTTP/1.1\r\n"), sent()),
    one("trailing-space-request-line", get(start=b"GET / HTTP/1.1 \r\n"), sent()),
    one("space-in-target", get(start=b"GET /a b HTTP/1.1\r\n"), sent(target=b"/a%20b")),
    one("missing-target", get(start=b"GET HTTP/1.1\r\n")),
    one("non-token-method", get(start=b"G(T / HTTP/1.1\r\n")),
    one("http09-request", b"GET /old\r\n", b"GET /old HTTP/1.1\r\nhost: default.test\r\n\r\n",
        answer=b"ok"),
    one("http09-non-get", b"POST /old\r\n"),
    one("http1-higher-minor", get(start=b"GET / HTTP/1.9\r\n"), sent()),
    one("bad-version", get(start=b"GET / HTTP/1.1x\r\n")),
    one("bad-version#2", get(start=b"GET / HTTP/2.0\r\n")),
    one("h2-preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    one("fragment-in-target", get(start=b"GET /a#b HTTP/1.1\r\n"), sent(target=b"/a")),
    one("backslash-in-target", get(start=b"GET /a\\..\\b HTTP/1.1\r\n"), sent(target=b"/a%5C..%5Cb")),
    one("non-uri-char-in-target", get(start=b"GET /<a> HTTP/1.1\r\n"), sent(target=b"/<a>")),
    one("obs-text-in-target", get(start=b"GET /\xe4 HTTP/1.1\r\n"), sent(target=b"/%E4")),
    one("ctl-in-target", get(start=b"GET /\x01 HTTP/1.1\r\n")),
    one("bad-target-form", get(start=b"GET admin HTTP/1.1\r\n")),
    one("asterisk-non-options", get(start=b"GET * HTTP/1.1\r\n")),
    one("userinfo-in-target", get(start=b"GET http://u@a/ HTTP/1.1\r\n")),
    one("bad-connect-target", get(start=b"CONNECT a:0 HTTP/1.1\r\n")),
    one("absolute-form-host-mismatch", get(start=b"GET http://b/c HTTP/1.1\r\n"),
        b"GET /c HTTP/1.1\r\nhost: b\r\n\r\n"),
    one("connect-with-body", b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\n\r\nhello"),
    # --- field lines ---
    one("space-before-colon", get(b"X : b\r\n"), sent(b"x: b\r\n")),
    one("space-before-colon-framing", post(b"Content-Length : 5\r\n", b"hello")),
    one("obs-fold", get(b"X: b\r\n Content-Length: 5\r\n"), sent(b"x: b Content-Length: 5\r\n")),
    one("obs-fold-framing", post(b"Content-Length: 5\r\n 5\r\n", b"hello")),
    one("space-before-first-field", GET + b" X: b\r\n" + HOST + b"\r\n", sent()),
    one("space-before-first-field-framing", GET + b" Content-Length: 5\r\n" + HOST + b"\r\nhello"),
    one("field-without-colon", get(b"garbage\r\n"), sent()),
    one("field-without-colon-framing", get(b"Content-Length 5\r\n") + b"hello"),
    one("empty-field-name", get(b": b\r\n"), sent()),
    one("non-token-field-name", get(b"X(Y: b\r\n"), sent()),
    one("framing-lookalike-name", get(b"Content-Length\x85: 5\r\n") + b"hello"),
    one("nul-in-field", get(b"X: b\0c\r\n")),
    one("ctl-in-value", get(b"X: b\x01c\r\n"), sent(b"x: b c\r\n")),
    one("ctl-framing", post(b"Content-Length: 5\x0b\r\n", b"hello")),
    one("obs-text-framing", post(b"Transfer-Encoding: chunked\xa0\r\n", b"0\r\n\r\n")),
    one("underscore-framing-alias", get(b"Content_Length: 5\r\n"), sent()),
    one(("structure-with-body", "bare-cr-in-value"),
        post(b"X: b\rc\r\nContent-Length: 5\r\n", b"hello")),
    one(("dropped-line-after-repair", "obs-fold"), get(b"X: b\r\n c\r\ngarbage\r\n")),
    one("missing-host", GET + b"\r\n", b"GET / HTTP/1.1\r\nhost: default.test\r\n\r\n"),
    one("duplicate-host", get(HOST), sent()),
    one("conflicting-host", get(b"Host: b\r\n")),
    one("invalid-host", GET + b"Host: a b\r\n\r\n"),
    one("line-too-long", get(b"X: " + b"b" * 70_000 + b"\r\n")),
    one("target-too-long", get(start=b"GET /" + b"b" * 70_000 + b" HTTP/1.1\r\n")),
    one("too-many-fields", get(b"X: b\r\n" * 300)),
    # --- length ---
    one("cl-leading-zeros", post(b"Content-Length: 005\r\n", b"hello"), sent_post(b"hello")),
    one("cl-duplicate-same", post(b"Content-Length: 5, 5\r\n", b"hello"), sent_post(b"hello")),
    one("cl-conflict", post(b"Content-Length: 5\r\nContent-Length: 6\r\n", b"hello")),
    one("cl-invalid", post(b"Content-Length: +5\r\n", b"hello")),
    one("cl-overflow", post(b"Content-Length: 9223372036854775808\r\n", b"hello")),
    one("cl-and-te", post(b"Content-Length: 16\r\n" + CHUNKED, HELLO),
        sent_post(chunked=(b"hello",))),
    one(("cl-and-te-overrun", "cl-and-te"),
        post(b"Content-Length: 6\r\n" + CHUNKED, HELLO),
        sent_post(chunked=(b"hello",)), late=True),
    one("cl-invalid-with-te", post(b"Content-Length: x\r\n" + CHUNKED, b"0\r\n\r\n")),
    one(("te-variant-with-cl", "te-identity"),
        post(b"Content-Length: 5\r\nTransfer-Encoding: identity, chunked\r\n", b"0\r\n\r\n")),
    one("te-in-http10", b"POST / HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n",
        sent_post(chunked=(b"hello",))),
    one(("te-in-http10-with-cl", "te-in-http10"),
        b"POST / HTTP/1.0\r\n" + HOST + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n"),
    one("te-identity", post(b"Transfer-Encoding: identity, chunked\r\n", HELLO),
        sent_post(chunked=(b"hello",))),
    one(("te-identity-only", "te-identity"), post(b"Transfer-Encoding: identity\r\n", b"hello")),
    one("te-chunked-not-final", post(b"Transfer-Encoding: chunked, gzip\r\n", b"0\r\n\r\n")),
    one("te-not-chunked-final", post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n")),
    one("te-chunked-twice", post(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n")),
    one("te-empty-element", post(b"Transfer-Encoding: ,chunked\r\n", HELLO),
        sent_post(chunked=(b"hello",))),
    one("te-empty", post(b"Transfer-Encoding:\r\n", b"hello")),
    one("te-malformed", post(b"Transfer-Encoding: chunked;q=1\r\n", b"0\r\n\r\n")),
    one(("te-multiple-lines", "te-chunked-twice"), post(CHUNKED + CHUNKED, b"0\r\n\r\n")),
    one("te-unsupported-coding", post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n")),
    # --- chunks ---
    one("chunk-size-trailing-ws", chunks(b"5 \r\nhello\r\n0\r\n\r\n"),
        sent_post(chunked=(b"hello",)), late=True),
    one("chunk-size-invalid", chunks(b"5\r\nhello\r\n0x5\r\nhello\r\n0\r\n\r\n"),
        sent_post(chunked=(b"hello",)), late=True),
    one("chunk-size-overflow", chunks(b"5\r\nhello\r\n8000000000000000\r\n"),
        sent_post(chunked=(b"hello",)), late=True),
    one("bare-lf-chunk-line", chunks(b"5\nhello\r\n0\r\n\r\n"), sent_post(chunked=()), late=True),
    one("bare-cr-chunk-line", chunks(b"5\r;a\r\nhello\r\n0\r\n\r\n"), sent_post(chunked=()), late=True),
    one("chunk-ext-unbalanced-quote", chunks(b"5;a=\"b\r\nhello\r\n0\r\n\r\n"), sent_post(chunked=()),
        late=True),
    one("chunk-ext-malformed", chunks(b"5;;a\r\nhello\r\n0\r\n\r\n"), sent_post(chunked=(b"hello",)),
        late=True),
    one("chunk-ext-ctl", chunks(b"5;a=\x01\r\nhello\r\n0\r\n\r\n"), sent_post(chunked=()), late=True),
    one("chunk-line-too-long", chunks(b"5;" + b"a" * 5000 + b"\r\nhello\r\n0\r\n\r\n"),
        sent_post(chunked=()), late=True),
    one("chunk-overhead", chunks((b"1;" + b"a" * 1000 + b"\r\nb\r\n") * 120 + b"0\r\n\r\n"),
        sent_post(chunked=(b"b",) * 120), late=True),
    one("chunk-data-terminator", chunks(b"5\r\nhello0\r\n\r\n"), sent_post(chunked=(b"hello",)),
        late=True),
    # --- trailers and the end ---
    one("forbidden-trailer-field", chunks(b"0\r\nAuthorization: b\r\nX: c\r\n\r\n"),
        sent_post(chunked=(), trailers=b"x: c\r\n"), late=True),
    one("forbidden-trailer-field#2", chunks(b"0\r\nContent-Length: 5\r\nX: c\r\n\r\n"),
        sent_post(chunked=(), trailers=b"x: c\r\n"), late=True),
    one("malformed-trailer", chunks(b"5\r\nhello\r\n0\r\ngarbage\r\n\r\n"),
        sent_post(chunked=(b"hello",)), late=True),
    one("bare-lf-trailer", chunks(b"5\r\nhello\r\n0\r\nX: b\n\r\n"), sent_post(chunked=(b"hello",)),
        late=True),
    one("obs-fold-trailer", chunks(b"5\r\nhello\r\n0\r\nX: b\r\n c\r\n\r\n"),
        sent_post(chunked=(b"hello",)), late=True),
    one("close-and-keep-alive", get(b"Connection: keep-alive, close\r\n"), sent(), closes=True),
    one("unknown-expect", get(b"Expect: miracles\r\n"), sent()),
    one("incomplete", GET + b"Hos", half_closes=True),
    one("truncated", post(b"Content-Length: 6\r\n", b"hello"),
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\nhello", half_closes=True, late=True),
)

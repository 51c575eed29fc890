"""An HTTP/1.1 origin that records what reaches it and takes nothing that is not canonical."""
import queue
import socket
import threading

import wire


class Message:
    """A request as it came, or what was wrong with it."""

    def __init__(self, head, content=None, trailers=None, error=None):
        self.head, self.content, self.trailers, self.error = head, content, trailers, error

    @property
    def complete(self):
        return self.error is None

    def __repr__(self):
        start = self.head and (self.head.start, self.head.fields)
        return f"<{start} {self.content!r} {self.trailers} {self.error or 'complete'}>"


class Recorder:
    """Answers every request with 204 and keeps its connections open."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.messages = queue.Queue()
        self.sockets = []
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.sockets.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        peer = wire.H1Peer(sock, client=False)
        sock.settimeout(None)
        while True:
            exchange = None
            try:
                if not peer.buffer and not peer.fill():
                    return
                exchange = peer.accept()
                content = exchange.rest()
            except (OSError, wire.WireError) as error:
                head = exchange and exchange.came
                self.messages.put(Message(head, error=error))
                return
            self.messages.put(Message(exchange.came, content, exchange.trailers))
            try:
                if exchange.method == "CONNECT":
                    exchange.method = "GET"  # refused: a response as to any request
                    exchange.respond(403, end=True)
                else:
                    exchange.respond(204, end=True)
            except OSError:
                return

    def until(self, target):
        """Returns what came before the request for `target`."""
        before = []
        while True:
            message = self.messages.get(timeout=wire.SECONDS)
            if message.head is not None and message.head.start[1] == target:
                if not message.complete:
                    raise wire.WireError(f"the probe came as {message}")
                return before
            before.append(message)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for sock in self.sockets:
            sock.close()

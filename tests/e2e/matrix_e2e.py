"""Content through every pair of protocols, between curl or nghttp and nginx, nghttpd or regauge-origin:
0, 1, 16 Ki, 1 Mi and 10 Mi octets, down and up, in the clear and under TLS on each side, and no
content."""
import filecmp
import functools
import os
import re
import unittest

from at_once import check_each
from stand import Stand, bounded, table

SIZES = (0, 1, 16 << 10, 1 << 20, 10 << 20)
# How curl speaks to the proxy: the listener and the options that make it do so.
CLIENTS = {
    "h1": ("http", "--http1.1"),
    "h2c": ("http", "--http2-prior-knowledge"),
    "h1 under tls": ("https", "--http1.1"),
    "h2 under tls": ("https", "--http2"),
}
NGINX = """
server { listen LISTEN; include FOLDER/site.conf; }
server { listen LISTEN http2; include FOLDER/site.conf; }
server { listen LISTEN ssl; CERT include FOLDER/site.conf; }
server { listen LISTEN ssl http2; CERT include FOLDER/site.conf; }
"""
# PUT stores what came, so that the test can look at it.
SITE = """root FOLDER; if_modified_since before; location = /status/204 { return 204; }
location /up/ { dav_methods PUT; create_full_put_path on; }"""
SINCE = "If-Modified-Since: Fri, 01 Jan 2038 00:00:00 GMT"


@functools.cache
def octets_of(size):
    """Returns what regauge-origin says to /bytes/N: no two lines are equal, so that a lost piece
    cannot go unseen."""
    return b"".join(b"%015d\n" % line for line in range(size // 16 + 1))[:size]


def method_to(upstream):
    return "PUT" if upstream.startswith("nginx") else "POST"


class Matrix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = stand = Stand()
        cls.addClassCleanup(stand.close)
        for size in SIZES:
            stand.write(f"bytes/{size}", octets_of(size))
        os.makedirs(stand.path("up"))
        os.makedirs(stand.path("got"))
        stand.write("site.conf", SITE.replace("FOLDER", stand.folder))
        nginx = stand.nginx(NGINX).addresses
        nghttpd = stand.nghttpd("--echo-upload").address
        nghttpd_tls = stand.nghttpd("--echo-upload", tls=True).address
        origin = stand.origin("--h1", "127.0.0.1:0", "--h2c", "127.0.0.1:0").addresses
        checked = {"ca": stand.certificate()[0]}
        by_name = {**checked, "server_name": "localhost"}
        cls.upstreams = {
            "nginx-h1": (f"h1://{nginx[0]}", {}),
            "nginx-h2c": (f"h2c://{nginx[1]}", {}),
            "nginx-h1s-unchecked": (f"h1s://{nginx[2]}", {"verify": False}),
            "nginx-h1s": (f"h1s://{nginx[2]}", checked),
            "nginx-h2s": (f"h2s://{nginx[3]}", by_name),
            "nginx-alpn": (f"https://{nginx[3]}", checked),
            "nginx-alpn-h1": (f"https://{nginx[2]}", by_name),
            "nghttpd-h2c": (f"h2c://{nghttpd}", {}),
            "nghttpd-h2s": (f"h2s://{nghttpd_tls}", {"verify": False}),
            "origin-h1": (f"h1://{origin[0]}", {}),
            "origin-h2c": (f"h2c://{origin[1]}", {}),
        }
        config = "".join(table("upstream", name=name, url=url, **trust) +
                         table("route", host=name + ".test", upstream=name)
                         for name, (url, trust) in cls.upstreams.items())
        cls.proxy = stand.regauge(config=config + stand.listener("http") + stand.listener("https"))

    def url(self, client):
        scheme = CLIENTS[client][0]
        return f"{scheme}://{self.proxy.addresses[scheme == 'https']}"

    def curl(self, client, upstream, transfers, stdin=b""):
        """Runs transfers on one connection and returns what curl says of them: status, version and
        how many octets came. A transfer is a list of arguments; PROXY in one is the URL."""
        usual = ["-sS", "-m", "40", "--cacert", self.stand.certificate()[0], CLIENTS[client][1],
                 "-H", f"Host: {upstream}.test", "-w", "%{http_code} %{http_version} %{size_download}\n"]
        whole = [[*usual, *(each.replace("PROXY", self.url(client)) for each in transfer)]
                 for transfer in transfers]
        # curl 7.88 cannot use a connection of prior knowledge again ("Error in the HTTP2 framing
        # layer"): there each transfer has its own.
        apart = whole if client == "h2c" else [sum((["--next", *each] for each in whole), [])[1:]]
        said = "".join(self.stand.run("curl", *each, stdin=stdin).stdout.decode() for each in apart)
        return [line.split(" ") for line in said.splitlines()]

    def nghttp(self, client, upstream, *arguments):
        *options, path = arguments
        return self.stand.run("nghttp", "-t", "40", "-H", f":authority: {upstream}.test", *options,
                              self.url(client) + path).stdout

    def for_each_pair(self, check, clients=tuple(CLIENTS)):
        check_each(self, [{"client": client, "upstream": upstream} for upstream in self.upstreams
                          for client in clients], check)

    def same(self, path, size):
        self.assertTrue(filecmp.cmp(path, self.stand.path(f"bytes/{size}"), shallow=False),
                        f"{size} octets differ")
        os.unlink(path)

    def place(self, client, upstream, what):
        """Returns (a path for what comes back, the target of an upload, a path where it appears)."""
        name = f"{client} {upstream} {what}".replace(" ", "-")
        got = self.stand.path("got/" + name)
        if upstream.startswith("nginx"):
            return got, "/up/" + name, self.stand.path("up/" + name)
        return got, "/echo", got

    def test_curl_gets_what_the_server_has(self):
        def check(client, upstream):
            places = [self.place(client, upstream, size)[0] for size in SIZES]
            said = self.curl(client, upstream, [["-o", place, f"PROXY/bytes/{size}"]
                                                for place, size in zip(places, SIZES)])
            version = "2" if "h2" in client else "1.1"
            self.assertEqual(said, [["200", version, str(size)] for size in SIZES])
            for place, size in zip(places, SIZES):
                self.same(place, size)
        self.for_each_pair(check)

    def test_the_server_gets_what_curl_sends(self):
        def check(client, upstream):
            places = [self.place(client, upstream, size) for size in SIZES]
            said = self.curl(client, upstream, [
                ["-o", got, "-X", method_to(upstream), "-T", self.stand.path(f"bytes/{size}"),
                 "PROXY" + target] for (got, target, _), size in zip(places, SIZES)])
            wanted = {"201", "204"} if upstream.startswith("nginx") else {"200"}
            self.assertLessEqual({line[0] for line in said}, wanted)
            self.assertEqual(len(said), len(SIZES))
            for (_, _, stored), size in zip(places, SIZES):
                self.same(stored, size)
        self.for_each_pair(check)

    def test_curl_sends_content_of_unknown_length(self):
        def check(client, upstream):
            size = SIZES[-1]
            got, target, stored = self.place(client, upstream, "unknown")
            said = self.curl(client, upstream, [["-o", got, "-X", method_to(upstream), "-T", "-",
                                                 "PROXY" + target]],
                             stdin=self.stand.path(f"bytes/{size}"))
            self.assertIn(said[0][0], ("200", "201", "204"))
            self.same(stored, size)
        self.for_each_pair(check)

    def test_an_answer_without_content_leaves_the_connection_in_step(self):
        """HEAD, 304 and 204, and behind each an answer that has content."""
        def check(client, upstream):
            got = self.place(client, upstream, "1")[0]
            content = ["-o", got, "PROXY/bytes/1"]
            head = ["-I", "-o", got + ".head", f"PROXY/bytes/{16 << 10}"]
            unchanged = ["-o", got, "-H", SINCE, "PROXY/bytes/1"]
            if upstream.startswith("origin"):
                unchanged = ["-o", got, "PROXY/status/304"]
            empty = [["-o", got, "PROXY/status/204"]] if "nghttpd" not in upstream else []
            asked = sum(([each, content] for each in (head, unchanged, *empty)), [])
            said = self.curl(client, upstream, asked)
            self.assertEqual([line[0] for line in said],
                             ["200", "200", "304", "200"] + ["204", "200"] * len(empty))
            self.assertEqual([line[2] for line in said[2:]], ["0", "1"] * (1 + len(empty)))
            with open(got + ".head", encoding="latin-1") as file:
                self.assertRegex(file.read().lower(), r"\ncontent-length: 16384\s")
            self.same(got, 1)
        self.for_each_pair(check)

    def test_nghttp_moves_content_both_ways(self):
        def check(client, upstream):
            for size in SIZES:
                content = octets_of(size)
                self.assertTrue(self.nghttp(client, upstream, f"/bytes/{size}") == content, size)
                got, target, stored = self.place(client, upstream, f"nghttp {size}")
                back = self.nghttp(client, upstream, "-H", ":method: " + method_to(upstream), "-d",
                                   self.stand.path(f"bytes/{size}"), target)
                if stored == got:
                    self.assertTrue(back == content, size)
                else:
                    self.same(stored, size)
        self.for_each_pair(check, ("h2c", "h2 under tls"))

    def test_many_requests_of_nghttp_share_a_connection(self):
        def check(client, upstream):
            said = self.nghttp(client, upstream, "-m", "50", "-ns", f"/bytes/{16 << 10}")
            self.assertEqual(len(re.findall(r" 200 +16K /bytes/16384", said.decode())), 50)
        self.for_each_pair(check, ("h2c", "h2 under tls"))


if __name__ == "__main__":
    bounded(280)
    unittest.main()

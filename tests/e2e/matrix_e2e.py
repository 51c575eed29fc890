"""Content through every pair of protocols, between curl or nghttp and nginx or nghttpd: 0, 1 and
16 Ki octets, down and up, in the clear and under TLS on each side; 10 Mi octets once for each
direction, protocol and transport."""
import hashlib
import os
import re
import unittest

from stand import Stand, bounded

SIZES = {"0": 0, "1": 1, "16k": 16 * 1024, "10m": 10 * 1024 * 1024}
# How curl speaks to the proxy: the listener and the options that make it do so.
CLIENTS = {
    "h1": ("http", "--http1.1"),
    "h2c": ("http", "--http2-prior-knowledge"),
    "h1 under tls": ("https", "--http1.1"),
    "h2 under tls": ("https", "--http2"),
}
# Those that get 10 Mi octets: each protocol, in the clear and under TLS. The others differ from them
# in how TLS or the protocol is agreed on, not in how content is carried.
LARGE = ("nginx-h1", "nginx-h1s", "nghttpd-h2c", "nginx-h2s")
NGINX = """
server { listen LISTEN; include FOLDER/site.conf; }
server { listen LISTEN http2; include FOLDER/site.conf; }
server { listen LISTEN ssl; CERT include FOLDER/site.conf; }
server { listen LISTEN ssl http2; CERT include FOLDER/site.conf; }
"""
# PUT stores what came, so that the test can look at it.
SITE = """root FOLDER; location /up/ { dav_methods PUT; create_full_put_path on; }"""
UPSTREAM = """
[[upstream]]
name = "{name}"
url = "{url}"
{trust}
[[route]]
host = "{name}.test"
upstream = "{name}"
"""


def octets_of(size):
    """Returns octets that repeat at no power of two, so that a lost piece cannot go unseen."""
    block = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(1021))
    return (block * (size // len(block) + 1))[:size]


def names_for(upstream):
    """Returns the names of what is moved from and to an upstream."""
    return [name for name in SIZES if name != "10m" or upstream in LARGE]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class Matrix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = stand = Stand()
        cls.addClassCleanup(stand.close)
        for name, size in SIZES.items():
            stand.write(name, octets_of(size))
        os.makedirs(stand.path("up"))
        stand.write("site.conf", SITE.replace("FOLDER", stand.folder))
        nginx = stand.nginx(NGINX).addresses
        nghttpd = stand.nghttpd("--echo-upload").address
        nghttpd_tls = stand.nghttpd("--echo-upload", tls=True).address
        checked = f'ca = "{stand.certificate()[0]}"'
        by_name = checked + '\nserver_name = "localhost"'
        cls.upstreams = {
            "nginx-h1": (f"h1://{nginx[0]}", ""),
            "nginx-h2c": (f"h2c://{nginx[1]}", ""),
            "nginx-h1s-unchecked": (f"h1s://{nginx[2]}", "verify = false"),
            "nginx-h1s": (f"h1s://{nginx[2]}", checked),
            "nginx-h2s": (f"h2s://{nginx[3]}", by_name),
            "nginx-alpn": (f"https://{nginx[3]}", checked),
            "nginx-alpn-h1": (f"https://{nginx[2]}", by_name),
            "nghttpd-h2c": (f"h2c://{nghttpd}", ""),
            "nghttpd-h2s": (f"h2s://{nghttpd_tls}", "verify = false"),
        }
        cert, key = stand.certificate()
        config = "".join(UPSTREAM.format(name=name, url=url, trust=trust)
                         for name, (url, trust) in cls.upstreams.items())
        config += '[[listener]]\nurl = "http://127.0.0.1:0"\n'
        config += f'[[listener]]\nurl = "https://127.0.0.1:0"\ncert = "{cert}"\nkey = "{key}"\n'
        cls.proxy = stand.regauge(config=config)

    def curl(self, client, upstream, *arguments, stdin=b""):
        """Runs curl and returns what it wrote to its standard output."""
        scheme, version = CLIENTS[client]
        url = f"{scheme}://{self.proxy.addresses[scheme == 'https']}"
        filled = [each.replace("PROXY", url) for each in arguments]
        return self.stand.run("curl", "-sS", "-m", "40", "--cacert", self.stand.certificate()[0],
                              version, "-H", f"Host: {upstream}.test", *filled,
                              stdin=stdin).stdout.decode()

    def curl_all(self, client, upstream, written, transfers):
        """Runs several transfers on one connection. curl 7.88 cannot use one of prior knowledge
        again ("Error in the HTTP2 framing layer"): there each transfer has its own."""
        if client == "h2c":
            return "".join(self.curl(client, upstream, "-w", written, *each) for each in transfers)
        return self.curl(client, upstream, "-w", written, *sum(transfers, []))

    def for_each_pair(self, check):
        for client in CLIENTS:
            for upstream in self.upstreams:
                with self.subTest(client=client, upstream=upstream):
                    check(client, upstream)

    def test_curl_gets_what_the_server_has(self):
        def check(client, upstream):
            names = names_for(upstream)
            transfers = [["-o", self.stand.path("got-" + name), "PROXY/" + name] for name in names]
            version = "2" if "h2" in client else "1.1"
            self.assertEqual(
                self.curl_all(client, upstream, "%{http_code} %{http_version}\n", transfers),
                f"200 {version}\n" * len(names))
            for name in names:
                self.assertEqual(digest(self.stand.path("got-" + name)),
                                 digest(self.stand.path(name)), name)
        self.for_each_pair(check)

    def test_the_server_gets_what_curl_sends(self):
        def check(client, upstream):
            echo = upstream.startswith("nghttpd")
            names = names_for(upstream)
            transfers = [["-o", self.stand.path("got-" + name), "-T", self.stand.path(name),
                          "PROXY/up/" + name] for name in names]
            done = self.curl_all(client, upstream, "%{http_code}\n", transfers)
            self.assertRegex(done, rf"^({'200' if echo else '20[14]'}\n){{{len(names)}}}$")
            for name in names:
                came = self.stand.path(("got-" if echo else "up/") + name)
                self.assertEqual(digest(came), digest(self.stand.path(name)), name)
                os.unlink(came)
        self.for_each_pair(check)

    def test_curl_sends_content_of_unknown_length(self):
        def check(client, upstream):
            echo = upstream.startswith("nghttpd")
            name = names_for(upstream)[-1]
            with open(self.stand.path(name), "rb") as file:
                content = file.read()
            done = self.curl(client, upstream, "-o", self.stand.path("got"), "-w", "%{http_code}",
                             "-T", "-", "PROXY/up/unknown", stdin=content)
            self.assertIn(done, ("200", "201", "204"))
            came = self.stand.path("got" if echo else "up/unknown")
            self.assertEqual(digest(came), digest(self.stand.path(name)))
            os.unlink(came)
        self.for_each_pair(check)

    def test_nghttp_moves_content_both_ways(self):
        for client in ("h2c", "h2 under tls"):
            scheme = CLIENTS[client][0]
            url = f"{scheme}://{self.proxy.addresses[scheme == 'https']}"
            for upstream in self.upstreams:
                authority = f":authority: {upstream}.test"
                for name in names_for(upstream):
                    with self.subTest(client=client, upstream=upstream, name=name):
                        got = self.stand.run("nghttp", "-t", "40", "-H", authority, f"{url}/{name}")
                        with open(self.stand.path(name), "rb") as file:
                            self.assertTrue(got.stdout == file.read(), "content differs")
                if not upstream.startswith("nghttpd"):
                    continue
                name = names_for(upstream)[-1]
                with self.subTest(client=client, upstream=upstream, echo=True):
                    got = self.stand.run("nghttp", "-t", "40", "-H", authority, "-H",
                                         ":method: POST", "-d", self.stand.path(name), f"{url}/e")
                    self.assertEqual(hashlib.sha256(got.stdout).hexdigest(),
                                     digest(self.stand.path(name)))

    def test_many_requests_of_nghttp_share_a_connection(self):
        url = f"http://{self.proxy.address}/16k"
        for upstream in self.upstreams:
            with self.subTest(upstream=upstream):
                got = self.stand.run("nghttp", "-t", "40", "-m", "50", "-ns", "-H",
                                     f":authority: {upstream}.test", url)
                self.assertEqual(len(re.findall(r" 200 +16K /16k", got.stdout.decode())), 50)


if __name__ == "__main__":
    bounded(280)
    unittest.main()

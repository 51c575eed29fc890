"""A proxy between a client and an origin that the test drives, for each pair of protocols."""
import contextlib
import unittest

import wire
from stand import Stand

PAIRS = [(front, back) for front in ("h1", "h2") for back in ("h1", "h2")]
EXTENDED_CONNECT = 8  # SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3)


class PathTest(unittest.TestCase):
    """Base of tests whose steps take a client and an origin."""

    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)

    @contextlib.contextmanager
    def path(self, front, back, tls=False, config="", settings=None):
        """Starts all three; the proxy has to end well."""
        cert, key = self.stand.certificate()
        origin = wire.Origin(back, (cert, key) if tls else None, settings=settings)
        listener = "https" if tls else "h1" if front == "h1" else "h2c"
        upstream = back + "s" if tls else "h1" if back == "h1" else "h2c"
        proxy = self.stand.regauge(config=f"""{config}
[[listener]]
url = "{listener}://127.0.0.1:0"
{f'cert = "{cert}"' if tls else ''}
{f'key = "{key}"' if tls else ''}
[[upstream]]
url = "{upstream}://{origin.address}"
{f'ca = "{cert}"' if tls else ''}
""")
        client = wire.connect(front, proxy.address, cert if tls else None)
        try:
            yield client, origin
        finally:
            client.close()
            origin.close()
            self.stand.programs.remove(proxy)
            proxy.stop()

    def on_each_pair(self, steps, tls=(False, True), pairs=PAIRS, **options):
        for front, back in pairs:
            for under_tls in tls:
                with self.subTest(front=front, back=back, tls=under_tls):
                    with self.path(front, back, under_tls, **options) as (client, origin):
                        steps(client, origin)

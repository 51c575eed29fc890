"""The same calls as calls_e2e.py, with gRPC-Web in base64."""
import unittest

import calls_e2e
from stand import bounded


class TextCallsTest(calls_e2e.CallsTest):
    form = "text"


if __name__ == "__main__":
    bounded(500)
    unittest.main()

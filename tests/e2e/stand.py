"""The stand of the end-to-end tests: starts regauge and the peers it is tested with.

    with Stand() as stand:
        back = stand.nginx('server { listen LISTEN; location / { return 200 "hello\\n"; } }')
        proxy = stand.regauge("--listen", "h2c://127.0.0.1:0", "--upstream", f"h1://{back.address}")
        stand.run("curl", "-sS", "--http2-prior-knowledge", f"http://{proxy.address}/")

Everything binds to loopback on free ports and is stopped by its pid; a program dies with its test.
A missing tool, a program that ends too early, a program under test that does not end by SIGTERM with
status 0 and a sanitizer's report are errors. REGAUGE and REGAUGE_ORIGIN name those under test.
"""
import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
START_SECONDS = 20
REPORT = re.compile(r"(?:Address|Thread|Leak|UndefinedBehavior)Sanitizer|runtime error:")
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class StandError(Exception):
    """Says which program did what it should not, with what it had written."""


def program_of(variable, usual):
    """Returns the program that an environment variable names, or the one of preset `dev`."""
    path = os.environ.get(variable) or os.path.join(ROOT, "build/dev/proxy", usual)
    if not os.access(path, os.X_OK):
        raise StandError(f"{path} is no program: build it, or set {variable}")
    return path


def tool(name):
    """Finds a tool; a test never goes on without one."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise StandError(f"{name} is missing: tests/setup all installs it")
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, condition, seconds=START_SECONDS):
    """Waits until `condition` returns something true and returns that."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise StandError(f"{seconds} s passed before {what}")
        time.sleep(0.01)
    return value


def bounded(seconds):
    """Ends a script that hangs, by an exception, so that what it started is stopped."""
    def give_up(_signal, _frame):
        raise StandError(f"the script took more than {seconds} s")
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)


def _die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def table(kind, **keys):
    """Returns a table of an array of tables in TOML: [[upstream]], [[route]], [[listener]]."""
    return f"[[{kind}]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


class Program:
    """One running program; `address` and `port` are those of its first listener."""

    def __init__(self, name, argv, folder, env=None):
        self.name = name
        self.addresses = []
        self._log = tempfile.NamedTemporaryFile(dir=folder, prefix=name + ".", suffix=".log",
                                                delete=False)
        self.log_path = self._log.name
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT, cwd=folder,
            env={**os.environ, **(env or {})}, preexec_fn=_die_with_parent)

    @property
    def address(self):
        return self.addresses[0]

    @property
    def port(self):
        return port_of(self.address)

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process.poll() is None

    def log(self):
        """Returns all that the program has written."""
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def check_running(self):
        if not self.running:
            raise StandError(f"{self.name} ended with {self.process.returncode}:\n{self.log()}")

    def wait_for_log(self, pattern, seconds=START_SECONDS):
        """Waits for a line that matches and returns the match."""
        def found():
            match = re.search(pattern, self.log(), re.M)
            if match is None:
                self.check_running()
            return match
        return until(f"{self.name} wrote {pattern}:\n{self.log()}", found, seconds)

    def wait_for_port(self, port):
        """Waits until a port of loopback accepts."""
        def accepts():
            self.check_running()
            with socket.socket() as probe:
                probe.settimeout(1)
                return probe.connect_ex(("127.0.0.1", port)) == 0
        until(f"{self.name} accepted at port {port}", accepts)

    def open_sockets(self):
        """Counts the sockets of the process."""
        count = 0
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            with contextlib.suppress(OSError):
                count += os.readlink(f"/proc/{self.pid}/fd/{name}").startswith("socket:")
        return count

    def kill(self):
        """Ends the program at once, as a crash would."""
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()
        self._log.close()


class Tested(Program):
    """A running program of this project: how it ends is part of every test."""

    def stop(self, seconds=60):
        """Ends it by SIGTERM. It has to end well and to have reported nothing; returns its log."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise StandError(f"{self.name} did not end {seconds} s after SIGTERM:\n{self.log()}")
        self._log.close()
        log = self.log()
        if status != 0 or REPORT.search(log):
            raise StandError(f"{self.name} ended with {status}:\n{log}")
        return log


class Proxy(Tested):
    """A running regauge; `addresses` are what its listeners are bound to, in order."""

    admin = None

    def metrics(self):
        """Returns what the admin endpoint counts: a name, with its labels, and its value."""
        with urllib.request.urlopen(f"http://{self.admin}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        pairs = [line.rpartition(" ") for line in lines if line and not line.startswith("#")]
        return {name: float(value) for name, _, value in pairs}

    def total(self, name):
        """Returns a counter, the sum of its rows if they have labels."""
        return sum(value for key, value in self.metrics().items() if key.split("{")[0] == name)


def port_of(address):
    return int(address.rsplit(":", 1)[1])


class Stand:
    """Owns a scratch folder, a certificate and every program that a test starts."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="regauge-e2e.")
        os.chmod(self.folder, 0o755)
        self.programs = []
        self._certificates = {}

    def __enter__(self):
        return self

    def __exit__(self, kind, _value, _trace):
        self.close(failed=kind is not None)

    def close(self, failed=False):
        """Stops everything, proxies first; how programs under test end is checked unless the test
        has failed."""
        errors = []
        for program in sorted(self.programs, key=lambda each: not isinstance(each, Proxy)):
            if isinstance(program, Tested) and not failed:
                try:
                    program.stop()
                except StandError as error:
                    errors.append(str(error))
            elif isinstance(program, Tested):
                print(f"--- log of {program.name}\n{program.log()[-8000:]}", flush=True)
            program.kill()
        self.programs = []
        shutil.rmtree(self.folder, ignore_errors=True)
        if errors:
            raise StandError("\n".join(errors))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        """Writes a file into the scratch folder and returns its path."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def certificate(self, name="localhost"):
        """Returns (certificate, key): self-signed, for `name` and, under localhost, 127.0.0.1."""
        if name not in self._certificates:
            cert, key = self.path(name + ".cert.pem"), self.path(name + ".key.pem")
            names = f"DNS:{name}" + (",IP:127.0.0.1" if name == "localhost" else "")
            self.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
                     "-days", "30", "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}")
            self._certificates[name] = (cert, key)
        return self._certificates[name]

    def run(self, name, *arguments, status=0, seconds=60, stdin=b""):
        """Runs a tool to its end and returns what it wrote; another status is an error. `stdin` is
        octets, or the path of a file, which is far quicker than a pipe from here."""
        given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": open(stdin, "rb")}
        with given.get("stdin", contextlib.nullcontext()):
            done = subprocess.run([tool(name), *arguments], **given, capture_output=True,
                                  timeout=seconds, cwd=self.folder)
        if status is not None and done.returncode != status:
            raise StandError(f"{name} {' '.join(arguments)} ended with {done.returncode}:\n"
                             f"{done.stdout[-4000:]!r}\n{done.stderr.decode(errors='replace')}")
        return done

    def start(self, name, argv, env=None, kind=Program):
        """Starts a program that the stand stops in the end."""
        program = kind(name, argv, self.folder, env)
        self.programs.append(program)
        return program

    def regauge(self, *arguments, config=None, env=None):
        """Starts `regauge run` with arguments and a TOML text, and waits until it listens.

        Without --log-level it is info, which is needed here: the addresses stand in the log."""
        argv = [program_of("REGAUGE", "regauge"), "run", *arguments]
        if config is not None:
            argv += ["-c", self.write(f"regauge{len(self.programs)}.toml", config)]
        proxy = self.start("regauge", argv, env, Proxy)
        wanted = arguments.count("--listen") + (config or "").count("[[listener]]")

        def listening():
            proxy.addresses = re.findall(r"listening on (\S+)$", proxy.log(), re.M)
            if len(proxy.addresses) < wanted:
                proxy.check_running()
            return len(proxy.addresses) >= wanted
        until(f"regauge listened:\n{proxy.log()}", listening)
        if "--admin" in arguments or re.search(r"^admin\s*=", config or "", re.M):
            proxy.admin = proxy.wait_for_log(r"admin on (\S+)$").group(1)
        return proxy

    def listener(self, scheme, **keys):
        """Returns the TOML of a listener at a free port; one of TLS has the stand's certificate."""
        if scheme == "https":
            keys["cert"], keys["key"] = self.certificate()
        return table("listener", url=f"{scheme}://127.0.0.1:0", **keys)

    def proxy(self, upstream, *listeners, head="", more="", arguments=()):
        """Starts regauge before one upstream. A listener is a scheme, h1 if there is none, or its
        TOML; `head` stands before them in the file and `more` in the table of the upstream."""
        texts = [each if "[" in each else self.listener(each) for each in listeners or ("h1",)]
        return self.regauge(*arguments, config="\n".join(
            [head, *texts, table("upstream", url=upstream) + more]) + "\n")

    def _on_free_ports(self, start, wanted):
        """Starts a program that cannot choose its ports; another may have taken one meanwhile."""
        for attempt in range(5):
            ports = [free_port() for _ in range(wanted)]
            program = start(ports)
            program.addresses = [f"127.0.0.1:{port}" for port in ports]
            try:
                for port in ports:
                    program.wait_for_port(port)
                return program
            except StandError:
                if attempt == 4 or "in use" not in program.log():
                    raise
                self.programs.remove(program)
                program.kill()
        raise AssertionError("not reached")

    def nginx(self, servers):
        """Starts nginx with server blocks. Each LISTEN becomes an address of its own, CERT the
        lines of a certificate for localhost, FOLDER the scratch folder."""
        if "CERT" in servers:
            servers = servers.replace(
                "CERT", "ssl_certificate {}; ssl_certificate_key {};".format(*self.certificate()))
        servers = servers.replace("FOLDER", self.folder)
        home = tempfile.mkdtemp(prefix="nginx.", dir=self.folder)

        def start(ports):
            text = servers
            for port in ports:
                text = text.replace("LISTEN", f"127.0.0.1:{port}", 1)
            temporary = " ".join(f"{part}_temp_path {home}/{part};" for part in
                                 ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            path = self.write(f"{home}/nginx.conf", f"""
daemon off; master_process off; pid {home}/pid; error_log stderr error;
worker_rlimit_nofile 8192; events {{ worker_connections 4000; }}
http {{ access_log off; keepalive_requests 1000000; client_max_body_size 0; {temporary}
default_type text/plain; {text} }}
""")
            return self.start("nginx", [tool("nginx"), "-p", home, "-e", "stderr", "-c", path])
        return self._on_free_ports(start, servers.count("LISTEN"))

    def nghttpd(self, *arguments, tls=False):
        """Starts nghttpd, clear unless `tls`; its documents are the scratch folder."""
        def start(ports):
            files = reversed(self.certificate()) if tls else ()
            argv = [tool("nghttpd"), "-a", "127.0.0.1", "-d", self.folder, *arguments,
                    *(() if tls else ("--no-tls",)), str(ports[0]), *files]
            return self.start("nghttpd", argv)
        return self._on_free_ports(start, 1)

    def origin(self, *arguments):
        """Starts regauge-origin; `addresses` are those of its HTTP/1 and its HTTP/2 listener."""
        origin = self.start("regauge-origin",
                            [program_of("REGAUGE_ORIGIN", "regauge-origin"), *arguments],
                            kind=Tested)
        origin.addresses = [origin.wait_for_log(rf"^{kind} (\S+:\d+)$").group(1)
                            for kind in ("h1", "h2c")]
        return origin

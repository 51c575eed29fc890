"""The stand that all proxy measurements share: scratch folder, certificate, origin, accounting.

Everything binds to loopback on free ports, is bounded in time and is stopped by pid.
"""
import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time


def require(*programs):
    """Ends the run when a program that the measurement needs is missing."""
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        raise SystemExit("missing programs: " + ", ".join(missing))


def raise_descriptor_limit(wanted=20000):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, seconds=10.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        with socket.socket() as probe:
            probe.settimeout(0.3)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"port {port} did not open")


def process_tree(root):
    """Returns the pids of `root` and all its descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                stat = open(f"/proc/{entry}/stat").read()
                parent = int(stat[stat.rindex(")") + 2:].split()[1])
                children.setdefault(parent, []).append(int(entry))
    found, open_list = [], [root]
    while open_list:
        pid = open_list.pop()
        found.append(pid)
        open_list += children.get(pid, [])
    return found


def cpu_seconds(root):
    """Run time of all live threads under `root`, from schedstat: nanosecond steps."""
    total = 0
    for pid in process_tree(root):
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(OSError):
                    total += int(open(f"/proc/{pid}/task/{thread}/schedstat").read().split()[0])
    return total / 1e9


def pss_kilobytes(root):
    """Proportional set size of all processes under `root`."""
    total = 0
    for pid in process_tree(root):
        with contextlib.suppress(OSError):
            rollup = open(f"/proc/{pid}/smaps_rollup").read()
            match = re.search(r"^Pss:\s+(\d+)", rollup, re.M)
            total += int(match.group(1)) if match else 0
    return total


class Stand:
    """Owns a scratch folder and every process of one measurement; use it in a `with`."""

    def __init__(self, proxy_core=0, load_core=1):
        self.proxy_core, self.load_core = proxy_core, load_core
        self.processes = []
        self.folder = tempfile.mkdtemp(prefix="regauge-bench.")
        os.chmod(self.folder, 0o755)
        self.cert, self.key = self.folder + "/cert.pem", self.folder + "/key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-keyout", self.key, "-out", self.cert, "-days", "30", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
            check=True, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in list(self.processes):
            with contextlib.suppress(Exception):
                self.stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def spawn(self, argv, core):
        log = open(self.folder + "/processes.log", "ab")
        process = subprocess.Popen(["taskset", "-c", str(core)] + argv, stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self.processes.append(process)
        return process

    def stop(self, process):
        # All frozen first: a master must not replace a worker that was killed.
        for sent in (signal.SIGSTOP, signal.SIGKILL):
            for pid in process_tree(process.pid):
                with contextlib.suppress(OSError):
                    os.kill(pid, sent)
        process.wait()
        self.processes.remove(process)

    def start_origin(self):
        """Starts nginx with one worker on the load core: H1, H2 without TLS, and a status port."""
        for name, size in (("16k", 16384), ("1m", 1 << 20)):
            os.makedirs(self.folder + "/www", exist_ok=True)
            with open(f"{self.folder}/www/{name}", "wb") as file:
                file.write(b"x" * size)
        self.h1_port, self.h2_port, self.status_port = free_port(), free_port(), free_port()
        locations = ('location = /0 { return 200 ""; } location / { root %s/www; }' % self.folder)
        user = "user root;\n" if os.geteuid() == 0 else ""
        with open(self.folder + "/origin.conf", "w") as file:
            file.write(f"""{user}daemon off; worker_processes 1; pid {self.folder}/origin.pid;
error_log {self.folder}/origin.err crit; worker_rlimit_nofile 20000;
events {{ worker_connections 19000; multi_accept on; }}
http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; sendfile on;
 tcp_nopush on; open_file_cache max=16 inactive=1h; open_file_cache_valid 1h;
 default_type text/plain; http2_max_concurrent_streams 1000;
 client_body_temp_path {self.folder}/t1; proxy_temp_path {self.folder}/t2;
 fastcgi_temp_path {self.folder}/t3; uwsgi_temp_path {self.folder}/t4;
 scgi_temp_path {self.folder}/t5;
 server {{ listen 127.0.0.1:{self.h1_port} backlog=4096; {locations} }}
 server {{ listen 127.0.0.1:{self.h2_port} http2 backlog=4096; {locations} }}
 server {{ listen 127.0.0.1:{self.status_port}; location / {{ stub_status; }} }} }}""")
        process = self.spawn(["nginx", "-p", self.folder, "-e", self.folder + "/origin.err",
                              "-c", self.folder + "/origin.conf"], self.load_core)
        for port in (self.h1_port, self.h2_port, self.status_port):
            wait_for_port(port, process)

    def origin_counts(self):
        """Returns (connections accepted, requests) at the origin; each look counts one of each."""
        with socket.create_connection(("127.0.0.1", self.status_port)) as status:
            status.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = b""
            while chunk := status.recv(4096):
                answer += chunk
        match = re.search(rb"\n\s*(\d+) (\d+) (\d+)", answer)
        return int(match.group(1)), int(match.group(3))

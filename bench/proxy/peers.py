"""How each proxy is started for one cell: front and back protocol, TLS in front or not, one worker.

Every peer gets its best settings for reuse and long keep-alive; nothing is logged.
"""
import os
import tempfile
from dataclasses import dataclass

from stand import free_port, wait_for_port


@dataclass(frozen=True)
class Cell:
    """One direction of translation with one content size and a number of client connections."""
    front: str        # h1 or h2
    back: str         # h1 or h2
    tls: bool
    content: str      # 0, 16k or 1m
    connections: int

    @staticmethod
    def parse(text):
        front_back, tls, content, connections = text.split("/")
        front, back = front_back.split("-")
        if front not in ("h1", "h2") or back not in ("h1", "h2"):
            raise SystemExit(f"bad cell {text}: front and back are h1 or h2")
        return Cell(front, back, tls == "tls", content, int(connections[1:]))

    def __str__(self):
        return (f"{self.front}-{self.back}/{'tls' if self.tls else 'clear'}/{self.content}"
                f"/c{self.connections}")


def supports(name, cell):
    """nginx and h2o have no H2 upstream."""
    if name == "nghttpx-rec":
        return cell.tls
    return not (name in ("nginx", "h2o") and cell.back == "h2")


def start(stand, name, cell, program, workers=1):
    """Starts proxy `name` for `cell` and returns (process, port)."""
    port = free_port()
    folder = tempfile.mkdtemp(prefix=name + ".", dir=stand.folder)
    origin = stand.h2_port if cell.back == "h2" else stand.h1_port
    argv = ARGUMENTS[name](stand, cell, port, origin, folder, program, workers)
    process = stand.spawn(argv, stand.proxy_core)
    wait_for_port(port, process)
    return process, port


def _write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def _regauge(stand, cell, port, origin, folder, program, workers):
    front = "https" if cell.tls else "h2c" if cell.front == "h2" else "h1"
    back = "h2c" if cell.back == "h2" else "h1"
    argv = [program, "run", "--listen", f"{front}://127.0.0.1:{port}", "--upstream",
            f"{back}://127.0.0.1:{origin}", "--threads", str(workers), "--access-log", "off"]
    return argv + (["--cert", stand.cert, "--key", stand.key] if cell.tls else [])


def _nghttpx(stand, cell, port, origin, folder, program, workers, extra=()):
    front = f"127.0.0.1,{port}" + ("" if cell.tls else ";no-tls")
    back = f"127.0.0.1,{origin};/" + (";proto=h2" if cell.back == "h2" else "")
    return ["nghttpx", "--conf=/dev/null", "-f", front, "-b", back, "-n", str(workers),
            f"--errorlog-file={folder}/err", "-L", "ERROR", f"--pid-file={folder}/pid",
            "--frontend-http2-max-concurrent-streams=1000", "--no-server-rewrite",
            "--frontend-keep-alive-timeout=10m", "--frontend-http2-read-timeout=10m",
            "--frontend-read-timeout=10m", *extra, stand.key, stand.cert]


def _nghttpx_rec(*arguments):
    return _nghttpx(*arguments, extra=("--tls-dyn-rec-warmup-threshold=0",))


def _haproxy(stand, cell, port, origin, folder, program, workers):
    bind = f"127.0.0.1:{port}"
    if cell.tls:
        both = _write(folder, "both.pem", open(stand.cert).read() + open(stand.key).read())
        bind += f" ssl crt {both} alpn {'h2' if cell.front == 'h2' else 'http/1.1'}"
    elif cell.front == "h2":
        bind += " proto h2"
    server = f"127.0.0.1:{origin}" + (" proto h2" if cell.back == "h2" else "")
    return ["haproxy", "-db", "-f", _write(folder, "haproxy.cfg", f"""global
  nbthread {workers}
  maxconn 9000
defaults
  mode http
  timeout connect 5s
  timeout client 10m
  timeout server 10m
  timeout http-keep-alive 10m
  http-reuse always
frontend f
  bind {bind}
  default_backend b
backend b
  server s {server}
""")]


def _nginx(stand, cell, port, origin, folder, program, workers):
    listen = f"127.0.0.1:{port} backlog=4096" + (" ssl" if cell.tls else "")
    listen += " http2" if cell.front == "h2" else ""
    user = "user root;\n" if os.geteuid() == 0 else ""
    path = _write(folder, "nginx.conf", f"""{user}daemon off; worker_processes {workers};
pid {folder}/pid; error_log {folder}/err crit; worker_rlimit_nofile 20000;
events {{ worker_connections 9000; multi_accept on; }}
http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
  http2_max_concurrent_streams 1000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  ssl_certificate {stand.cert}; ssl_certificate_key {stand.key};
  upstream o {{ server 127.0.0.1:{origin}; keepalive 2048; keepalive_requests 1000000000; }}
  server {{ listen {listen}; location / {{ proxy_pass http://o; proxy_http_version 1.1;
    proxy_set_header Connection ""; proxy_max_temp_file_size 0; }} }} }}
""")
    return ["nginx", "-p", folder, "-e", folder + "/err", "-c", path]


def _h2o(stand, cell, port, origin, folder, program, workers):
    tls = (f"  ssl:\n    certificate-file: {stand.cert}\n    key-file: {stand.key}\n"
           "    neverbleed: OFF\n") if cell.tls else ""
    path = _write(folder, "h2o.conf", f"""num-threads: {workers}
max-connections: 9000
error-log: {folder}/err
http2-idle-timeout: 600
http1-request-timeout: 600
listen:
  host: 127.0.0.1
  port: {port}
{tls}proxy.timeout.keepalive: 600000
hosts:
  default:
    paths:
      /:
        proxy.reverse.url: http://127.0.0.1:{origin}/
""")
    return ["h2o", "-m", "worker", "-c", path]


ARGUMENTS = {"regauge": _regauge, "nghttpx": _nghttpx, "nghttpx-rec": _nghttpx_rec,
             "haproxy": _haproxy, "nginx": _nginx, "h2o": _h2o}

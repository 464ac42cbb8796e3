"""A small web site of the tests: pages of another origin than the coordinate's."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site:
    """Serves `files`, path → (content type, text), each with `headers`; a page put there later is served, too."""

    def __init__(self, files, headers=None, address="127.0.0.1"):
        site = self
        self.files, self.headers = dict(files), dict(headers or {})

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                kind, text = site.files.get(self.path.split("?")[0], (None, ""))
                body = text.encode()
                self.send_response(200 if kind else 404)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Length", str(len(body)))
                for name, value in site.headers.items() if kind else ():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer((address, 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://{address}:{self._server.server_port}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

"""Serves the page, where the program dgn-serve cannot run: python3 serve.py FOLDER [--port N] [--lan] [--open].

Python's own server, with the types and headers that the page needs. Needs Python 3.7 and nothing else.
"""

import argparse
import functools
import http.server
import os
import socket
import socketserver
import sys
import webbrowser

# Python takes them from the system where that has them, which is wrong or missing on many a one.
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    "": "application/octet-stream",
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """The files of a folder, and neither lists of it nor what links lead to outside."""

    protocol_version = "HTTP/1.1"
    # Seconds in which somebody has to say what is wanted, or take something of it.
    timeout = 30
    extensions_map = TYPES
    error_content_type = "text/plain; charset=utf-8"
    error_message_format = "%(message)s\n"

    def translate_path(self, path):
        found = super().translate_path(path)
        root = os.path.realpath(self.directory)
        real = os.path.realpath(found) if "\0" not in found else ""
        inside = real == root or real.startswith(root + os.sep)
        return found if inside else os.path.join(root, "no such file")

    def list_directory(self, path):
        self.send_error(404)

    def send_error(self, code, message=None, explain=None):
        super().send_error(code, "There is no such file in this site." if code == 404 else message, explain)

    def end_headers(self):
        # The first two isolate the page from other origins: browsers give threads only to pages that are.
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Without asking for this computer's name, which takes long where there is no network."""

    daemon_threads = True
    request_queue_size = 128
    # On Windows it would let two servers have one port.
    allow_reuse_address = os.name == "posix"

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        """A browser that goes away in the midst of an answer is no failure."""


def listen(host, port, folder):
    """On the port that was asked for, or on the first of the usual ones that is free."""
    handler = functools.partial(Handler, directory=folder)
    ports = [port] if port is not None else [*range(8765, 8785), 0]
    for tried in ports:
        try:
            return Server((host, tried), handler)
        except OSError as error:
            if tried == ports[-1]:
                sys.exit(f"Port {tried} cannot be listened on: {error}. Name another one with --port.")


def own_address():
    """This computer's address in its network, if it is in one. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        try:
            other.connect(("192.0.2.1", 9))
            return other.getsockname()[0]
        except OSError:
            return None


def main():
    parser = argparse.ArgumentParser(description="Serves the page.")
    parser.add_argument("folder")
    parser.add_argument("--port", type=int)
    parser.add_argument("--lan", action="store_true", help="serve the computers of the local network too")
    parser.add_argument("--open", action="store_true", help="open the page in this computer's browser")
    arguments = parser.parse_args()
    if not os.path.isfile(os.path.join(arguments.folder, "index.html")):
        sys.exit(f"{arguments.folder} holds no index.html, so it is no site.")
    server = listen("" if arguments.lan else "127.0.0.1", arguments.port, arguments.folder)
    own = f"http://localhost:{server.server_port}/"
    print(f"On this computer: {own}", flush=True)
    if arguments.lan:
        address = own_address()
        print(f"For the class:    http://{address or 'THIS-COMPUTERS-ADDRESS'}:{server.server_port}/")
        print("There the page computes on the processor, by one thread; README.txt says why.", flush=True)
    print("Close this window, or press Ctrl+C, to end.", flush=True)
    if arguments.open:
        webbrowser.open(own)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()

"""A callback runs in the parent, in the thread that handles results, one after the other.

Five downloads by three workers; the callback stores each page and prints where it runs.
"""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pool
from os import getpid
from threading import Thread, current_thread
from time import sleep
from urllib.request import urlopen

pages = []


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        sleep(0.5)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"page " + self.path.encode())

    def log_message(self, *args):
        pass


def download(url):
    return getpid(), urlopen(url).read()


def store(result):
    pages.append(result)
    sleep(0.2)  # meanwhile no other result is handled
    print(f"{result[1].decode()} from {result[0]}, stored in {getpid()}, {current_thread().name}", flush=True)


if __name__ == "__main__":
    with Pool(3) as pool:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        Thread(target=server.serve_forever, daemon=True).start()
        for n in range(5):
            pool.apply_async(download, (f"http://127.0.0.1:{server.server_port}/{n}",), callback=store)
        pool.close()
        pool.join()
    print(f"main, {getpid()}: {len(pages)} pages")

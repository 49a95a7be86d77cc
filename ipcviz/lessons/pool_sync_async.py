"""apply waits for each task before the next one starts; apply_async starts them all.

Five downloads of 0.4 s each, from a server that the lesson starts on this machine, first by apply, then
by apply_async, in a pool of three workers.
"""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pool
from threading import Thread
from time import perf_counter, sleep
from urllib.request import urlopen


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        sleep(0.4)  # a slow network
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"page " + self.path.encode())

    def log_message(self, *args):
        pass


def download(url):
    return len(urlopen(url).read())


if __name__ == "__main__":
    with Pool(3) as pool:  # before the server's thread: a fork copies only one thread
        server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        Thread(target=server.serve_forever, daemon=True).start()
        urls = [f"http://127.0.0.1:{server.server_port}/{n}" for n in range(5)]
        began = perf_counter()
        for url in urls:
            pool.apply(download, (url,))  # waits for the result
        print(f"apply:       {perf_counter() - began:.1f} s", flush=True)
        began = perf_counter()
        for result in [pool.apply_async(download, (url,)) for url in urls]:
            result.get()
        print(f"apply_async: {perf_counter() - began:.1f} s", flush=True)
        pool.close()
        pool.join()

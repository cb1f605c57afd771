"""A shop on nothing but Python's standard library. PORT says where to listen.

It speaks HTML: a login form that sets a cookie and redirects, and pages that say "sold out" with status
200. OVERSELL=1 makes it wrong: it looks at the stock, and takes a unit a moment later. Without it a lock
keeps the two together.
"""

import json
import os
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

OVERSELLS = os.environ.get("OVERSELL") == "1"


class Shop:
    def __init__(self):
        self.lock = threading.Lock()
        self.sessions = {}
        self.reset("", 0)

    def reset(self, product, stock):
        self.product, self.stock, self.orders = product, stock, {}

    def buy(self, key, customer, units):
        with self.lock:
            if key in self.orders:
                return self.orders[key]
            if not OVERSELLS:
                # Right: nobody looks at the stock until this one is through.
                if self.stock >= units:
                    time.sleep(0.002)  # asks the payment service
                return self._take(key, customer, units)
        # Wrong: whoever looks at the stock now sees the units that are about to be taken.
        if self.stock < units:
            return None
        time.sleep(0.02)  # asks the payment service
        with self.lock:
            return self._take(key, customer, units, checked=True)

    def _take(self, key, customer, units, checked=False):
        if not checked and self.stock < units:
            return None
        self.stock -= units
        order = {"id": str(uuid.uuid4()), "key": key, "customer": customer, "units": units,
                 "createdAt": time.time()}
        self.orders[key] = order
        return order


shop = Shop()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path, query = self._location()
        if path == "/admin/state":
            self._answer(200, json.dumps({
                "stock": [{"sku": shop.product, "left": shop.stock}],
                "orders": list(shop.orders.values()),
            }), "application/json")
        elif path == "/order":
            order = shop.orders.get(query.get("key", ""))
            self._page(f"Order {order['id']} is yours" if order else "No such order")
        else:
            self._page(f"<b>{shop.stock}</b> left")

    def do_POST(self):
        path, _ = self._location()
        form = self._form()
        if path == "/admin/reset":
            with shop.lock:
                shop.reset(form["product"], int(form["stock"]))
            self._page("Ready")
        elif path == "/login":
            session = uuid.uuid4().hex
            shop.sessions[session] = form["name"]
            self._answer(302, "", headers={"Location": "/", "Set-Cookie": f"sid={session}; HttpOnly"})
        elif path == "/buy":
            customer = shop.sessions.get(self._cookie("sid"))
            if customer is None:
                self._page("Please log in")
                return
            order = shop.buy(form["key"], customer, int(form["units"]))
            self._page(f"Order {order['id']} is yours" if order else "Sorry, we are sold out")
        else:
            self._answer(404, "nothing here")

    def _location(self):
        parts = urlsplit(self.path)
        return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}

    def _form(self):
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        return {name: values[0] for name, values in parse_qs(text).items()}

    def _cookie(self, name):
        pairs = (pair.strip().split("=", 1) for pair in self.headers.get("Cookie", "").split(";"))
        return next((pair[1] for pair in pairs if pair[0] == name), None)

    def _page(self, text):
        self._answer(200, f"<!doctype html><title>Shop</title><p>{text}</p>")

    def _answer(self, status, text, kind="text/html", headers=None):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Handler)
    print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()

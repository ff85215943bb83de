"""A small server that speaks the transit API as its makers document it: the far side in tests.

It is not OpenBao and not Vault: it is written from their API page, with the answers that their
threads tell of, and shows only that we speak what is documented.
"""

import base64
import binascii
import json
import os
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class TransitEngine:
    """Named keys in versions behind a token; a thread serves them until ``close``."""

    def __init__(self, token: str, *, tls: ssl.SSLContext | None = None) -> None:
        self.token = token
        self.keys: dict[str, list[bytes]] = {}
        self.is_sealed = False
        self.wrong_tag_status = 400
        self.seen: list[tuple[str, dict[str, str]]] = []
        engine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                engine.seen.append((self.path, dict(self.headers)))
                status, answer = engine.answer(self.path, self.headers, body)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *said: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.port = self._server.server_address[1]

    def make(self, name: str) -> None:
        self.keys[name] = [os.urandom(32)]

    def rotate(self, name: str) -> None:
        self.keys[name].append(os.urandom(32))

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, path: str, headers, body: bytes) -> tuple[int, dict]:
        if self.is_sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if headers["X-Vault-Token"] != self.token:
            return 403, {"errors": ["permission denied"]}
        match path.strip("/").split("/"):
            case ["v1", "transit", verb, name]:
                return self._work(verb, name, json.loads(body))
        return 404, {"errors": ["no handler for route"]}

    def _work(self, verb: str, name: str, said: dict) -> tuple[int, dict]:
        if name not in self.keys:
            return 400, {"errors": ["encryption key not found"]}
        bound = base64.b64decode(said.get("associated_data", ""))
        try:
            if verb == "encrypt":
                plain = base64.b64decode(said["plaintext"], validate=True)
                return 200, {"data": {"ciphertext": self._sealed(name, plain, bound)}}
            if verb == "decrypt":
                plain = self._opened(name, said["ciphertext"], bound)
                return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}
            if verb == "rewrap":  # It takes no associated data: hashicorp/vault, report 29532.
                plain = self._opened(name, said["ciphertext"], b"")
                return 200, {"data": {"ciphertext": self._sealed(name, plain, b"")}}
        except InvalidTag:
            return self.wrong_tag_status, {"errors": ["cipher: message authentication failed"]}
        except (ValueError, IndexError, binascii.Error):
            return 400, {"errors": ["invalid ciphertext: could not decode"]}
        return 404, {"errors": ["unsupported path"]}

    def _sealed(self, name: str, plain: bytes, bound: bytes) -> str:
        nonce, keys = os.urandom(12), self.keys[name]
        sealed = nonce + AESGCM(keys[-1]).encrypt(nonce, plain, bound)
        return f"vault:v{len(keys)}:{base64.b64encode(sealed).decode()}"

    def _opened(self, name: str, text: str, bound: bytes) -> bytes:
        mark, version, data = text.split(":")
        if mark != "vault" or version[0] != "v" or not 0 < int(version[1:]) <= len(self.keys[name]):
            raise ValueError("no prefix of ours")
        sealed = base64.b64decode(data, validate=True)
        key = self.keys[name][int(version[1:]) - 1]
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], bound)

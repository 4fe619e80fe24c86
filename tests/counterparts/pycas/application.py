"""A small application behind python-cas: who is it, with which attributes? With single logout.

    application.py --port PORT --hub URL --certificate FILE --key FILE

The authority to trust comes from REQUESTS_CA_BUNDLE, as for any program that uses requests.
"""

import argparse
import http.cookies
import http.server
import json
import secrets
import ssl
import urllib.parse

import cas

COOKIE = "pycas_session"


class Application(http.server.BaseHTTPRequestHandler):
    """Sessions are kept by cookie; each remembers the ticket it began with, for single logout."""

    sessions: dict = {}
    protocol_version = "HTTP/1.1"
    client: cas.CASClientBase
    hub: str
    base: str

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        if address.path == "/favicon.ico":
            self.answer({}, status=404)
        elif address.path == "/session":
            self.answer({"signed_in": self.session() is not None})
        elif address.path == "/logout":
            self.sessions.pop(self.cookie(), None)
            self.redirect(self.client.get_logout_url(self.base + "/session"))
        elif self.session() is not None:
            self.answer(self.session())
        elif "ticket" in query:
            self.sign_in(query["ticket"])
        else:
            self.redirect(self.client.get_login_url())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        request = urllib.parse.parse_qs(body).get("logoutRequest", [""])[0]
        ended = {slo.text for slo in cas.SingleLogoutMixin.get_saml_slos(request) or []}
        for cookie, session in list(self.sessions.items()):
            if session["ticket"] in ended:
                del self.sessions[cookie]
        self.answer({"ended": len(ended)})

    def sign_in(self, ticket):
        user, attributes, _ = self.client.verify_ticket(ticket)
        if user is None:
            self.answer({"error": "ticket refused"}, status=403)
            return
        cookie = secrets.token_hex(16)
        self.sessions[cookie] = {"user": user, "attributes": attributes, "ticket": ticket}
        self.redirect(self.base + "/", f"{COOKIE}={cookie}; Path=/; Secure; HttpOnly")

    def cookie(self):
        cookies = http.cookies.SimpleCookie(self.headers.get("Cookie", ""))
        return cookies[COOKIE].value if COOKIE in cookies else None

    def session(self):
        return self.sessions.get(self.cookie())

    def answer(self, content, status=200):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def redirect(self, url, cookie=None):
        self.send_response(302)
        self.send_header("Location", url)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--hub", required=True)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    arguments = parser.parse_args()

    Application.base = f"https://localhost:{arguments.port}"
    Application.client = cas.CASClient(
        version=3, service_url=Application.base + "/", server_url=arguments.hub + "/cas/"
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), Application)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(arguments.certificate, arguments.key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


if __name__ == "__main__":
    main()

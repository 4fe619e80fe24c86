"""A small application behind Authlib and Flask that signs people in with OpenID Connect, as two clients.

    application.py --port PORT --hub URL --secret SECRET --certificate FILE --key FILE

Each client lives below a path of its own: `/secret/` is `authlib-secret`, which proves itself by a secret
in the body; `/key/` is `authlib-key`, which proves itself by a signature (its keys are at `/jwks`) and
asks for access while nobody is there. Below each: `login`, `callback`, `session` (who is it, without
asking the hub), `userinfo`, `refresh`, `logout`, `goodbye` (where people come back to) and `backchannel`.

Pages show facts of tokens, never tokens. The authority to trust comes from REQUESTS_CA_BUNDLE, as for any
program that uses requests.
"""

import argparse
import hashlib
import logging
import secrets
import time

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT, private_key_jwt_sign
from flask import Flask, abort, g, jsonify, redirect, request, session
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import JWSRegistry

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# What the hub may be late or early by.
LEEWAY = 10


class Assertion(PrivateKeyJWT):
    """`private_key_jwt` for one server: the audience is the issuer. Authlib would name the endpoint, and
    make assertions that are good for an hour."""

    def __init__(self, issuer):
        super().__init__(token_endpoint=issuer, alg="ES256")

    def sign(self, auth, token_endpoint):
        key = auth.client_secret
        return private_key_jwt_sign(
            key,
            client_id=auth.client_id,
            token_endpoint=token_endpoint,
            alg=self.alg,
            header={"kid": key.kid},
            expires_in=60,
        )


class Client:
    """One registered client: Authlib's, and the sessions that it has begun, by the cookie's word."""

    def __init__(self, oauth, name, hub, **settings):
        self.name = name
        self.sessions = {}
        self.used_logout_tokens = {}
        self.remote = oauth.register(
            name=name,
            server_metadata_url=hub + "/.well-known/openid-configuration",
            update_token=self.keep_token,
            **settings,
        )

    def known(self):
        return self.sessions.get(session.get(self.name))

    def keep_token(self, token, refresh_token=None, access_token=None):
        """Authlib has refreshed by itself."""
        g.known["token"].update(token)

    def begin(self, token):
        word = secrets.token_urlsafe(16)
        session[self.name] = word
        claims = self.remote.userinfo(token=token)
        if claims["sub"] != token["userinfo"]["sub"]:
            raise OAuthError("invalid_userinfo", "userinfo is about somebody else")
        self.sessions[word] = {"token": token, "claims": claims}

    def end_where(self, sid, sub):
        """Ends one session or, without a word which, all of a person."""
        for word, known in list(self.sessions.items()):
            begun = known["token"]["userinfo"]
            if begun["sid"] == sid if sid else begun["sub"] == sub:
                del self.sessions[word]

    def read_logout_token(self, text):
        """OIDC Back-Channel Logout §2.6."""
        metadata = self.remote.load_server_metadata()
        registry = JWSRegistry(
            algorithms=metadata["id_token_signing_alg_values_supported"], strict_check_header=False
        )
        keys = KeySet.import_key_set(self.remote.fetch_jwk_set())
        try:
            token = jwt.decode(text, keys, registry=registry)
        except InvalidKeyIdError:
            keys = KeySet.import_key_set(self.remote.fetch_jwk_set(force=True))
            token = jwt.decode(text, keys, registry=registry)
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": metadata["issuer"]},
            aud={"essential": True, "value": self.remote.client_id},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        ).validate(token.claims)
        claims = token.claims
        if token.header.get("typ") != "logout+jwt":
            raise ValueError("typ")
        if not isinstance(claims.get("events", {}).get(LOGOUT_EVENT), dict) or "nonce" in claims:
            raise ValueError("not a logout token")
        if not claims.get("sid") and not claims.get("sub"):
            raise ValueError("neither sid nor sub")
        if self.used_logout_tokens.setdefault(claims["jti"], text) != text:
            raise ValueError("jti")
        return claims


def fingerprint(token):
    return hashlib.sha256(token.encode()).hexdigest()[:16] if token else None


def facts(token):
    return {
        "type": token["token_type"],
        "scope": token.get("scope"),
        "expires_in": token["expires_in"],
        "access_token": fingerprint(token["access_token"]),
        "refresh_token": fingerprint(token.get("refresh_token")),
        "id_token": fingerprint(token.get("id_token")),
    }


def make_application(arguments):
    application = Flask(__name__)
    application.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        # A host has one jar of cookies for all its ports: ours has a name of its own.
        SESSION_COOKIE_NAME="authlib_session",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    base = f"https://localhost:{arguments.port}"
    key = ECKey.generate_key("P-256", auto_kid=True)
    oauth = OAuth(application)
    clients = {
        "secret": Client(
            oauth,
            "secret",
            arguments.hub,
            client_id="authlib-secret",
            client_secret=arguments.secret,
            client_kwargs={
                "scope": "openid profile email ent",
                "token_endpoint_auth_method": "client_secret_post",
                "code_challenge_method": "S256",
            },
        ),
        "key": Client(
            oauth,
            "key",
            arguments.hub,
            client_id="authlib-key",
            client_secret=key,
            client_auth_methods=[Assertion(arguments.hub)],
            client_kwargs={
                "scope": "openid profile offline_access",
                "token_endpoint_auth_method": "private_key_jwt",
                "code_challenge_method": "S256",
            },
        ),
    }

    @application.url_value_preprocessor
    def find_client(_, values):
        if values and "client" in values:
            g.client = clients.get(values.pop("client")) or abort(404)
            g.known = g.client.known()

    @application.errorhandler(OAuthError)
    def refused(error):
        return jsonify(error=error.error, description=error.description), 403

    @application.get("/jwks")
    def jwks():
        return jsonify(keys=[key.as_dict(private=False, use="sig", alg="ES256")])

    @application.get("/<client>/login")
    def login():
        return g.client.remote.authorize_redirect(f"{base}/{g.client.name}/callback")

    @application.get("/<client>/callback")
    def callback():
        g.client.begin(g.client.remote.authorize_access_token(leeway=LEEWAY))
        return redirect(f"{base}/{g.client.name}/session")

    @application.get("/<client>/session")
    def show_session():
        if g.known is None:
            return jsonify(signed_in=False)
        token = g.known["token"]
        return jsonify(
            signed_in=True,
            sub=token["userinfo"]["sub"],
            claims=g.known["claims"],
            id_token=token["userinfo"],
            tokens=facts(token),
        )

    @application.get("/<client>/userinfo")
    def userinfo():
        if g.known is None:
            return jsonify(signed_in=False), 401
        g.known["claims"] = g.client.remote.userinfo(token=g.known["token"])
        return jsonify(g.known["claims"])

    @application.get("/<client>/refresh")
    def refresh():
        """Lets the access token be out of date: Authlib then refreshes before it asks for anything."""
        if g.known is None:
            return jsonify(signed_in=False), 401
        g.known["token"]["expires_at"] = int(time.time()) - 1
        g.known["claims"] = g.client.remote.userinfo(token=g.known["token"])
        return redirect(f"{base}/{g.client.name}/session")

    @application.get("/<client>/logout")
    def logout():
        if g.known is None:
            return jsonify(signed_in=False), 401
        del g.client.sessions[session.pop(g.client.name)]
        return g.client.remote.logout_redirect(
            post_logout_redirect_uri=f"{base}/{g.client.name}/goodbye",
            id_token_hint=g.known["token"]["id_token"],
        )

    @application.get("/<client>/goodbye")
    def goodbye():
        g.client.remote.validate_logout_response()
        return jsonify(signed_in=g.known is not None, came_back=True)

    @application.post("/<client>/backchannel")
    def backchannel():
        try:
            claims = g.client.read_logout_token(request.form.get("logout_token", ""))
        except (JoseError, ValueError, KeyError) as error:
            application.logger.warning("logout token refused: %s: %s", type(error).__name__, error)
            answer = jsonify(error="invalid_request"), 400
        else:
            g.client.end_where(claims.get("sid"), claims.get("sub"))
            answer = jsonify({}), 200
        return *answer, {"Cache-Control": "no-store"}

    return application


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--hub", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    arguments = parser.parse_args()
    # Addresses of requests carry codes: they are not logged. What goes wrong is.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_application(arguments).run(
        "127.0.0.1",
        arguments.port,
        threaded=True,
        ssl_context=(arguments.certificate, arguments.key),
    )


if __name__ == "__main__":
    main()

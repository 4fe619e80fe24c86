"""A small application behind python3-saml and Flask that signs people in with SAML 2.0, as three service
providers.

    application.py --port PORT --signing NAME --encryption NAME --metadata
    application.py --port PORT --signing NAME --encryption NAME \
        --hub URL --ca FILE --certificate FILE --key FILE

`NAME.pem` is a certificate and `NAME.key` its private key. The first form writes what there is to register:
the metadata of all three, as JSON. The second serves them, below a path of their own each: `/open/` has no
key for encryption, `/sealed/` wants its assertions encrypted, `/name/` the name in them. All are strict, and
want messages and assertions signed. Below each: `metadata`, `login` (how: `force`, `passive`, `nameid`,
`context`, `comparison`, `relay`), `acs` (shows what was said), `session` (who is it, without asking the hub),
`logout` and `slo`. python3-saml asks and is told of logouts by redirect only.
"""

import argparse
import base64
import copy
import json
import logging
import secrets
import sys
from pathlib import Path

from flask import Flask, Response, abort, g, jsonify, redirect, request, session
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as names
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as Metadata
from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request as LogoutRequest
from onelogin.saml2.logout_response import OneLogin_Saml2_Logout_Response as LogoutResponse
from onelogin.saml2.settings import OneLogin_Saml2_Settings as Settings
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML as xml
from werkzeug.exceptions import HTTPException

FORMATS = {
    "transient": names.NAMEID_TRANSIENT,
    "persistent": names.NAMEID_PERSISTENT,
    "emailAddress": names.NAMEID_EMAIL_ADDRESS,
}


class Refused(Exception):
    """What python3-saml says of a message that it does not take, and the status in that."""

    def __init__(self, why, status=None):
        super().__init__(why)
        self.status = status


class Provider:
    """One service provider: its settings, who is waited for, and who is here."""

    def __init__(self, name, arguments, security):
        self.name = name
        self.base = f"https://localhost:{arguments.port}/{name}"
        # It knows one key, for both purposes.
        key = arguments.encryption
        self.settings = {
            "strict": True,
            "sp": {
                "entityId": f"{self.base}/metadata",
                "assertionConsumerService": {"url": f"{self.base}/acs"},
                "singleLogoutService": {"url": f"{self.base}/slo"},
                "NameIDFormat": names.NAMEID_UNSPECIFIED,
                "x509cert": Path(f"{key}.pem").read_text(),
                "privateKey": Path(f"{key}.key").read_text(),
            },
            "security": {
                "authnRequestsSigned": True,
                "logoutRequestSigned": True,
                "logoutResponseSigned": True,
                "wantMessagesSigned": True,
                "wantAssertionsSigned": True,
                "rejectDeprecatedAlgorithm": True,
                # Nothing released is no error.
                "wantAttributeStatement": False,
                "failOnAuthnContextMismatch": True,
                **security,
            },
        }
        # Requests that wait for an answer: what they asked for.
        self.outstanding = {}
        self.sessions = {}
        self.leaving = {}

    def metadata(self):
        text = Settings(self.settings, sp_validation_only=True).get_sp_metadata()
        return text.decode() if isinstance(text, bytes) else text

    def meet(self, hub):
        """Reads the hub's metadata, by which alone it is known from now on."""
        found = Metadata.parse_remote(f"{hub}/saml/metadata")
        # Its first format of names and its wishes about requests would replace ours.
        self.settings["idp"] = found["idp"]

    def known(self):
        return self.sessions.get(session.get(self.name))

    def auth(self, settings=None):
        return OneLogin_Saml2_Auth(
            {
                "https": "on",
                "http_host": request.host,
                "script_name": request.path,
                "get_data": request.args.to_dict(),
                "post_data": request.form.to_dict(),
                # What is signed is what came, as the hub has encoded it.
                "query_string": request.query_string.decode(),
                "validate_signature_from_qs": True,
            },
            settings or self.settings,
        )

    def asking(self, asked):
        """The settings of one request: python3-saml takes some wishes from there alone."""
        settings = copy.deepcopy(self.settings)
        settings["sp"]["NameIDFormat"] = FORMATS.get(asked.get("nameid"), names.NAMEID_UNSPECIFIED)
        settings["security"]["requestedAuthnContext"] = asked.getlist("context") or False
        settings["security"]["requestedAuthnContextComparison"] = asked.get("comparison", "exact")
        # Any other comparison may end with a class that was not named.
        settings["security"]["failOnAuthnContextMismatch"] = asked.get("comparison", "exact") == "exact"
        return settings

    def login(self, asked):
        settings = self.asking(asked)
        auth = self.auth(settings)
        relay = asked.get("relay", "")
        address = auth.login(
            return_to=relay,
            force_authn=bool(asked.get("force")),
            is_passive=bool(asked.get("passive")),
        )
        self.outstanding[auth.get_last_request_id()] = (settings, relay)
        return redirect(address)

    def begin(self, form):
        message = form.get("SAMLResponse", "")
        # Which request it claims to answer: python3-saml wants to be told which one that may be.
        claimed = opened(message).get("InResponseTo")
        # Who was not asked for is not taken.
        settings, relay = self.outstanding.pop(claimed, (self.settings, None))
        if relay is None:
            raise Refused("it answers no request of ours")
        auth = self.auth(settings)
        auth.process_response(request_id=claimed)
        if auth.get_errors():
            raise Refused(auth.get_last_error_reason(), codes_of(opened(message)))
        if form.get("RelayState", "") != relay:
            raise Refused("another RelayState")
        answer = auth.get_last_response_xml()
        known = {
            "signed_in": True,
            "name_id": {
                "value": auth.get_nameid(),
                "format": auth.get_nameid_format(),
                "name_qualifier": auth.get_nameid_nq(),
                "sp_name_qualifier": auth.get_nameid_spnq(),
            },
            "session_index": auth.get_session_index(),
            "session_not_on_or_after": auth.get_session_expiration(),
            # The library gives no instant: read from the tree that it has verified.
            "authn_instant": statement(answer).get("AuthnInstant"),
            "authn_context": auth.get_last_authn_contexts()[0],
            "attributes": auth.get_attributes(),
            "friendly": auth.get_friendlyname_attributes(),
            "in_response_to": auth.get_last_response_in_response_to(),
            "relay_state": relay,
            "encrypted": b"EncryptedAssertion" in base64.b64decode(message),
            "name_encrypted": "EncryptedID" in answer,
        }
        word = secrets.token_urlsafe(16)
        session[self.name] = word
        self.sessions[word] = known
        return known

    def leave(self, asked):
        known = self.sessions.pop(session.pop(self.name))
        auth = self.auth()
        relay = asked.get("relay", "")
        address = auth.logout(
            return_to=relay,
            name_id=known["name_id"]["value"],
            name_id_format=known["name_id"]["format"],
            nq=known["name_id"]["name_qualifier"],
            spnq=known["name_id"]["sp_name_qualifier"],
            session_index=known["session_index"],
        )
        self.leaving[auth.get_last_request_id()] = relay
        return redirect(address)

    def told(self):
        """The hub says that somebody's session is over."""
        auth = self.auth()
        address = auth.process_slo(keep_local_session=True)
        if auth.get_errors():
            raise Refused(f"{auth.get_errors()} {auth.get_last_error_reason()}")
        asked = auth.get_last_request_xml()
        key = self.settings["sp"]["privateKey"]
        name = LogoutRequest.get_nameid(asked, key)
        indexes = LogoutRequest.get_session_indexes(asked)
        for word, known in list(self.sessions.items()):
            if known["name_id"]["value"] == name and (not indexes or known["session_index"] in indexes):
                del self.sessions[word]
        return redirect(address)

    def came_back(self):
        """The hub answers a logout that began here."""
        auth = self.auth()
        said = LogoutResponse(auth.get_settings(), request.args["SAMLResponse"])
        identifier = said.get_in_response_to()
        if identifier not in self.leaving:
            raise Refused("it answers no request of ours")
        auth.process_slo(keep_local_session=True, request_id=identifier)
        # What went partly well is no error of the message.
        errors = [error for error in auth.get_errors() if error != "logout_not_success"]
        if errors:
            raise Refused(f"{errors} {auth.get_last_error_reason()}")
        if request.args.get("RelayState", "") != self.leaving.pop(identifier):
            raise Refused("another RelayState")
        return jsonify(signed_in=self.known() is not None, logout=codes_of(said.document))


def opened(message):
    return xml.to_etree(base64.b64decode(message))


def statement(answer):
    (found,) = xml.query(xml.to_etree(answer), "//saml:AuthnStatement")
    return found


def codes_of(document):
    """The codes of a status without what they all begin with, the first level first."""
    codes = xml.query(document, "//samlp:StatusCode")
    return [code.get("Value").rpartition(":")[2] for code in codes]


def make_providers(arguments):
    providers = [
        Provider("open", arguments, {}),
        Provider("sealed", arguments, {"wantAssertionsEncrypted": True}),
        Provider("name", arguments, {"wantNameIdEncrypted": True}),
    ]
    return {provider.name: provider for provider in providers}


def make_application(providers):
    application = Flask(__name__)
    application.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        # A host has one jar of cookies for all its ports: ours has a name of its own.
        SESSION_COOKIE_NAME="python3_saml_session",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        # Answers come by forms of the hub's.
        SESSION_COOKIE_SAMESITE="None",
    )

    @application.url_value_preprocessor
    def find_provider(_, values):
        if values and "name" in values:
            g.provider = providers.get(values.pop("name")) or abort(404)
            g.known = g.provider.known()

    @application.errorhandler(Exception)
    def refused(error):
        if isinstance(error, HTTPException):
            return error
        application.logger.error("refused", exc_info=error)
        said = {"signed_in": False, "error": type(error).__name__, "description": str(error)}
        return jsonify(**said, status=getattr(error, "status", None)), 403

    @application.get("/<name>/metadata")
    def metadata():
        return Response(g.provider.metadata(), mimetype="application/samlmetadata+xml")

    @application.get("/<name>/login")
    def login():
        return g.provider.login(request.args)

    @application.post("/<name>/acs")
    def acs():
        return jsonify(g.provider.begin(request.form))

    @application.get("/<name>/session")
    def show_session():
        return jsonify(g.known or {"signed_in": False})

    @application.get("/<name>/logout")
    def logout():
        if g.known is None:
            return jsonify(signed_in=False), 401
        return g.provider.leave(request.args)

    @application.get("/<name>/slo")
    def slo():
        return g.provider.told() if "SAMLRequest" in request.args else g.provider.came_back()

    return application


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--signing", required=True)
    parser.add_argument("--encryption", required=True)
    parser.add_argument("--metadata", action="store_true")
    parser.add_argument("--hub")
    parser.add_argument("--ca")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    arguments = parser.parse_args()
    providers = make_providers(arguments)
    if arguments.metadata:
        json.dump({name: provider.metadata() for name, provider in providers.items()}, sys.stdout)
        return
    for provider in providers.values():
        provider.meet(arguments.hub)
    # Addresses of requests carry messages: they are not logged. What goes wrong is.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_application(providers).run(
        "127.0.0.1",
        arguments.port,
        threaded=True,
        ssl_context=(arguments.certificate, arguments.key),
    )


if __name__ == "__main__":
    main()

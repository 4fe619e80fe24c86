"""A small application behind pysaml2 and Flask that signs people in with SAML 2.0, as three service providers.

    application.py --port PORT --signing NAME --encryption NAME --metadata
    application.py --port PORT --signing NAME --encryption NAME \
        --hub URL --ca FILE --certificate FILE --key FILE

`NAME.pem` is a certificate and `NAME.key` its private key. The first form writes what there is to register:
the metadata of all, as JSON. The second serves them, below a path of their own each: `/sealed/` signs its
requests and takes encrypted assertions; `/soap/` has no key for encryption, and is told of logouts by SOAP
alone; `/plain/` has none either, and is told by form alone. Below each: `metadata`, `login` (how: `force`, `passive`, `nameid`, `binding`, `context`, `comparison`,
`relay`), `acs` (shows what was said), `session` (who is it, without asking the hub), `logout` (`binding`),
`slo` and `soap`.
"""

import argparse
import base64
import json
import logging
import secrets
import sys

from flask import Flask, Response, abort, g, jsonify, request, session
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, BINDING_SOAP
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
from saml2.response import StatusError
from saml2.saml import NAMEID_FORMAT_EMAILADDRESS, NAMEID_FORMAT_PERSISTENT, NAMEID_FORMAT_TRANSIENT
from saml2.sigver import get_xmlsec_binary, verify_redirect_signature
from saml2.samlp import any_response_from_string
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256
from werkzeug.exceptions import HTTPException

BINDINGS = {"redirect": BINDING_HTTP_REDIRECT, "post": BINDING_HTTP_POST, "soap": BINDING_SOAP}
FORMATS = {
    "transient": NAMEID_FORMAT_TRANSIENT,
    "persistent": NAMEID_FORMAT_PERSISTENT,
    "emailAddress": NAMEID_FORMAT_EMAILADDRESS,
}
# What the hub may be late or early by.
LEEWAY = 10


class Refused(Exception):
    """Something pysaml2 lets through and this application does not."""


class Provider:
    """One service provider: pysaml2's client, who is waited for, and who is here."""

    def __init__(self, name, arguments, encrypted, logout):
        self.name = name
        self.arguments = arguments
        self.base = f"https://localhost:{arguments.port}/{name}"
        self.encrypted = encrypted
        self.logout = logout
        # Requests that wait for an answer, with the RelayState that is to come back.
        self.outstanding = {}
        self.sessions = {}

    def settings(self):
        arguments = self.arguments
        settings = {
            "entityid": f"{self.base}/metadata",
            "xmlsec_binary": get_xmlsec_binary(["/usr/bin"]),
            "key_file": f"{arguments.signing}.key",
            "cert_file": f"{arguments.signing}.pem",
            "allow_unknown_attributes": True,
            "accepted_time_diff": LEEWAY,
            "verify_ssl_cert": True,
            "ca_certs": arguments.ca,
            "service": {
                "sp": {
                    "endpoints": {
                        "assertion_consumer_service": [(f"{self.base}/acs", BINDING_HTTP_POST)],
                        "single_logout_service": [
                            (f"{self.base}/{path}", binding) for path, binding in self.logout
                        ],
                    },
                    "authn_requests_signed": True,
                    "logout_requests_signed": True,
                    "logout_responses_signed": True,
                    # SHA-1, if it is not told here.
                    "signing_algorithm": SIG_RSA_SHA256,
                    "digest_algorithm": DIGEST_SHA256,
                    "want_response_signed": True,
                    "want_assertions_signed": True,
                    "name_id_format": list(FORMATS.values()),
                    # Where nobody says, the hub's registration decides.
                    "name_id_policy_format": None,
                    "name_id_format_allow_create": True,
                },
            },
        }
        if self.encrypted:
            pair = {"key_file": f"{arguments.encryption}.key", "cert_file": f"{arguments.encryption}.pem"}
            settings["encryption_keypairs"] = [pair]
        return settings

    def metadata(self):
        return str(entity_descriptor(SPConfig().load(self.settings())))

    def meet(self, hub):
        """Reads the hub's metadata, by which alone it is known from now on."""
        remote = {"remote": [{"url": f"{hub}/saml/metadata"}]}
        config = SPConfig().load({**self.settings(), "metadata": remote})
        # By this name, and at a service provider too, pysaml2 knows whether a request has to be signed.
        config.setattr("idp", "want_authn_requests_signed", True)
        self.client = Saml2Client(config=config)
        (self.idp,) = self.client.metadata.identity_providers()

    def known(self):
        return self.sessions.get(session.get(self.name))

    def login(self, asked):
        extra = {}
        if asked.get("force"):
            extra["force_authn"] = "true"
        if asked.get("passive"):
            extra["is_passive"] = "true"
        if asked.get("context"):
            extra["requested_authn_context"] = {
                "authn_context_class_ref": asked.getlist("context"),
                "comparison": asked.get("comparison", "exact"),
            }
        relay = asked.get("relay", "")
        identifier, parts = self.client.prepare_for_authenticate(
            entityid=self.idp,
            relay_state=relay,
            binding=BINDINGS[asked.get("binding", "redirect")],
            nameid_format=FORMATS.get(asked.get("nameid")),
            **extra,
        )
        self.outstanding[identifier] = relay
        return answer_of(parts)

    def begin(self, form):
        message = form.get("SAMLResponse", "")
        answer = self.client.parse_authn_request_response(message, BINDING_HTTP_POST, self.outstanding)
        if answer is None or not answer.assertion:
            raise Refused("no answer for here")
        expected = self.outstanding.pop(answer.in_response_to)
        if form.get("RelayState", "") != expected:
            raise Refused("another RelayState")
        ((context, _, instant),) = answer.authn_info()
        (statement,) = answer.assertion.authn_statement
        known = {
            "signed_in": True,
            "name_id": shown_name(answer.name_id),
            "session_index": statement.session_index,
            "session_not_on_or_after": statement.session_not_on_or_after,
            "authn_instant": instant,
            "authn_context": context,
            "attributes": attributes_of(answer.assertion),
            # The same by the names that pysaml2's maps give them.
            "identity": answer.ava,
            "in_response_to": answer.in_response_to,
            "relay_state": expected,
            "encrypted": b"EncryptedAssertion" in base64.b64decode(message),
        }
        word = secrets.token_urlsafe(16)
        session[self.name] = word
        self.sessions[word] = known
        known["_name_id"] = answer.name_id
        return public(known)

    def leave(self, asked):
        known = self.sessions.pop(session.pop(self.name))
        binding = BINDINGS[asked.get("binding", "redirect")]
        answers = self.client.do_logout(
            known["_name_id"], [self.idp], reason="", expire=None, expected_binding=binding
        )
        if binding == BINDING_SOAP:
            return jsonify(signed_in=False, logout=status_of(answers[self.idp].response))
        return answer_of(answers[self.idp][1])

    def told(self, binding, message, parameters):
        """The hub says that somebody's session is over. pysaml2 refuses what is not signed."""
        beside = {
            "relay_state": parameters.get("RelayState"),
            "sigalg": parameters.get("SigAlg"),
            "signature": parameters.get("Signature"),
        }
        asked = self.client.parse_logout_request(message, binding, **beside).message
        indexes = {index.text for index in asked.session_index}
        name_id = None
        for word, known in list(self.sessions.items()):
            # The whole name, qualifiers and all, as pysaml2 compares them too.
            if known["_name_id"] == asked.name_id and (not indexes or known["session_index"] in indexes):
                del self.sessions[word]
                name_id = known["_name_id"]
        return answer_of(self.client.handle_logout_request(message, name_id, binding, **beside))

    def came_back(self, binding, message, parameters):
        """The hub answers a logout that began here. By redirect pysaml2 does not look at the signature."""
        if binding == BINDING_HTTP_REDIRECT:
            said = {
                name: parameters[name]
                for name in ["SAMLResponse", "RelayState", "SigAlg", "Signature"]
                if name in parameters
            }
            certificates = self.client.metadata.certs(self.idp, "idpsso", "signing")
            if "Signature" not in said or not any(
                verify_redirect_signature(said, self.client.sec.sec_backend, certificate)
                for _, certificate in certificates
            ):
                raise Refused("not signed by the hub")
        answer = self.client.parse_logout_request_response(message, binding)
        if answer is None:
            raise Refused("no answer for here")
        if binding != BINDING_HTTP_REDIRECT and answer.response.signature is None:
            raise Refused("not signed by the hub")
        self.client.handle_logout_response(answer)
        return jsonify(signed_in=self.known() is not None, logout=status_of(answer.response))


def answer_of(parts):
    """What pysaml2 wants to be sent, as Flask sends it."""
    data = parts.get("data") or ""
    text = data if isinstance(data, str) else "".join(map(str, data))
    return Response(text, status=parts.get("status", 200), headers=parts["headers"])


def shown_name(name_id):
    return {
        "value": name_id.text,
        "format": name_id.format,
        "name_qualifier": name_id.name_qualifier,
        "sp_name_qualifier": name_id.sp_name_qualifier,
    }


def attributes_of(assertion):
    found = {}
    for statement in assertion.attribute_statement:
        for attribute in statement.attribute:
            values = found.setdefault(attribute.name, [])
            for value in attribute.attribute_value:
                inside = [child.text for child in value.extension_elements]
                values.append(inside[0] if inside else value.text)
    return found


def status_of(response):
    """The codes of a status without what they all begin with, the first level first."""
    codes = []
    code = response.status.status_code
    while code is not None:
        codes.append(code.value.rpartition(":")[2])
        code = code.status_code
    return codes


def public(known):
    if known is None:
        return {"signed_in": False}
    return {name: value for name, value in known.items() if not name.startswith("_")}


def make_providers(arguments):
    front = [("slo", BINDING_HTTP_REDIRECT), ("slo", BINDING_HTTP_POST)]
    providers = [
        Provider("sealed", arguments, encrypted=True, logout=front),
        Provider("soap", arguments, encrypted=False, logout=[("soap", BINDING_SOAP)]),
        Provider("plain", arguments, encrypted=False, logout=front[1:]),
    ]
    return {provider.name: provider for provider in providers}


def make_application(providers):
    application = Flask(__name__)
    application.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        # A host has one jar of cookies for all its ports: ours has a name of its own.
        SESSION_COOKIE_NAME="pysaml2_session",
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
        said = {"signed_in": False, "error": type(error).__name__, "description": str(error)}
        if isinstance(error, StatusError):
            message = base64.b64decode(request.form.get("SAMLResponse", ""))
            said["status"] = status_of(any_response_from_string(message)) if message else None
        else:
            application.logger.error("refused", exc_info=error)
        return jsonify(said), 403

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
        return jsonify(public(g.known))

    @application.get("/<name>/logout")
    def logout():
        if g.known is None:
            return jsonify(signed_in=False), 401
        return g.provider.leave(request.args)

    @application.route("/<name>/slo", methods=["GET", "POST"])
    def slo():
        parameters = request.form if request.method == "POST" else request.args
        binding = BINDING_HTTP_POST if request.method == "POST" else BINDING_HTTP_REDIRECT
        if "SAMLRequest" in parameters:
            return g.provider.told(binding, parameters["SAMLRequest"], parameters)
        return g.provider.came_back(binding, parameters["SAMLResponse"], parameters)

    @application.post("/<name>/soap")
    def soap():
        return g.provider.told(BINDING_SOAP, request.get_data(as_text=True), {})

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

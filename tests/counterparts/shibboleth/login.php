<?php
// Begins a login as it is asked for: force, passive, nameid, context, comparison.
[, $provider] = explode('/', $_SERVER['REQUEST_URI']);
$base = 'https://' . $_SERVER['HTTP_HOST'] . "/$provider";
$formats = [
    'transient' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
    'persistent' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'emailAddress' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
];
$asked = [
    'target' => "$base/session",
    'forceAuthn' => isset($_GET['force']) ? 'true' : null,
    'isPassive' => isset($_GET['passive']) ? 'true' : null,
    'NameIDFormat' => $formats[$_GET['nameid'] ?? ''] ?? null,
    'authnContextClassRef' => $_GET['context'] ?? null,
    'authnContextComparison' => $_GET['comparison'] ?? null,
];
header("Location: $base/Shibboleth.sso/Login?" . http_build_query($asked));
http_response_code(302);

<?php
// What mod_auth_mellon tells an application: who it is and every attribute that has a name in httpd.conf; and
// from the session as lasso keeps it, how they signed in and by which name exactly.
const PREFIX = 'MELLON_';
const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';

/** The module gives values as XML has them. */
function value(string $name, int $number): string
{
    return html_entity_decode($_SERVER[PREFIX . "{$name}_$number"], ENT_QUOTES | ENT_XML1);
}

/** An attribute has a value for each number, and tells how many there are. */
function attributes(): array
{
    $attributes = [];
    foreach ($_SERVER as $key => $count) {
        $name = preg_match('/^' . PREFIX . '(.+)_N$/', $key, $found) ? $found[1] : null;
        // What the module adds.
        if ($name !== null && $name !== 'NAME_ID' && $name !== 'ASSERTION_ID') {
            $attributes[$name] = array_map(fn($number) => value($name, $number), range(0, $count - 1));
        }
    }
    return $attributes;
}

function assertion(): DOMXPath
{
    $document = new DOMDocument();
    $document->loadXML(base64_decode($_SERVER[PREFIX . 'SESSION']));
    $path = new DOMXPath($document);
    $path->registerNamespace('saml', SAML);
    return $path;
}

function text(DOMXPath $assertion, string $expression): ?string
{
    $text = $assertion->evaluate("string($expression)");
    return $text === '' ? null : $text;
}

header('Content-Type: application/json');
header('Cache-Control: no-store');
if (!isset($_SERVER[PREFIX . 'NAME_ID'])) {
    echo json_encode(['signed_in' => false]);
    exit;
}
$assertion = assertion();
$statement = '//saml:AuthnStatement';
$name = '//saml:Subject/saml:NameID';
echo json_encode([
    'signed_in' => true,
    'user' => $_SERVER['REMOTE_USER'] ?? null,
    'name_id' => [
        'value' => $_SERVER[PREFIX . 'NAME_ID'],
        'format' => text($assertion, "$name/@Format"),
        'name_qualifier' => text($assertion, "$name/@NameQualifier"),
        'sp_name_qualifier' => text($assertion, "$name/@SPNameQualifier"),
    ],
    'session_index' => text($assertion, "$statement/@SessionIndex"),
    'authn_instant' => text($assertion, "$statement/@AuthnInstant"),
    'authn_context' => text($assertion, "$statement//saml:AuthnContextClassRef"),
    'issuer' => text($assertion, '//saml:Assertion/saml:Issuer'),
    'attributes' => (object) attributes()
]);

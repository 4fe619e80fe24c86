<?php
// What Shibboleth tells an application: who it is, how they signed in, and every attribute by its name.
const PREFIX = 'SAML_';

function told(string $name): ?string
{
    $value = $_SERVER[PREFIX . $name] ?? '';
    return $value === '' ? null : $value;
}

/** Values come in one text, with semicolons between them. */
function values(string $text): array
{
    return array_map(fn($part) => str_replace('\\;', ';', $part), preg_split('/(?<!\\\\);/', $text));
}

/** Written by attribute-map.xml: format, qualifiers and value. */
function name_id(): ?array
{
    $name = told('name-id');
    if ($name === null) {
        return null;
    }
    [$format, $qualifier, $sp_qualifier, $value] = explode('!', $name, 4);
    return [
        'value' => $value,
        'format' => $format,
        'name_qualifier' => $qualifier === '' ? null : $qualifier,
        'sp_name_qualifier' => $sp_qualifier === '' ? null : $sp_qualifier,
    ];
}

function attributes(): array
{
    $attributes = [];
    foreach ($_SERVER as $key => $value) {
        $name = substr($key, strlen(PREFIX));
        if (str_starts_with($key, PREFIX) && $name !== 'name-id' && !str_starts_with($name, 'Shib-')) {
            $attributes[$name] = values($value);
        }
    }
    return $attributes;
}

header('Content-Type: application/json');
header('Cache-Control: no-store');
echo json_encode(told('Shib-Session-ID') === null ? ['signed_in' => false] : [
    'signed_in' => true,
    'user' => $_SERVER['REMOTE_USER'] ?? null,
    'name_id' => name_id(),
    'session_index' => told('Shib-Session-Index'),
    'authn_instant' => told('Shib-Authentication-Instant'),
    'authn_context' => told('Shib-AuthnContext-Class'),
    'issuer' => told('Shib-Identity-Provider'),
    'attributes' => (object) attributes(),
]);

<?php
// The identity provider itself.
$settings = json_decode(file_get_contents('@SCRATCH@/settings.json'), true);
$persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
$transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

$context = $settings['context'] === null ? [] : [
    30 => ['class' => 'saml:AuthnContextClassRef', 'AuthnContextClassRef' => $settings['context']],
];
$metadata['@ENTITY@'] = [
    'host' => '__DEFAULT__',
    'auth' => 'people',
    'privatekey' => 'signing.key',
    'certificate' => 'signing.pem',
    'signature.algorithm' => $settings['signature'],
    'metadata.sign.enable' => true,
    'metadata.sign.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'metadata.sign.privatekey' => 'signing.key',
    'metadata.sign.certificate' => 'signing.pem',
    'saml20.sign.response' => $settings['signs_response'],
    'saml20.sign.assertion' => $settings['signs_assertion'],
    'assertion.encryption' => $settings['cipher'] !== null,
    'assertion.lifetime' => $settings['lifetime'],
    'validate.authnrequest' => true,
    'redirect.sign' => true,
    'redirect.validate' => true,
    'sign.logout' => true,
    'validate.logout' => true,
    'SingleLogoutServiceBinding' => [
        'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
        'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    ],
    'SingleSignOnServiceBinding' => [
        'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
        'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    ],
    'NameIDFormat' => [$persistent, $transient],
    'attributes.NameFormat' => $settings['name_format'],
    'scope' => $settings['scopes'],
    'authproc' => [
        10 => ['class' => 'saml:AttributeNameID', 'attribute' => $settings['subject'], 'Format' => $persistent],
        20 => ['class' => 'saml:TransientNameID'],
    ] + $context,
];

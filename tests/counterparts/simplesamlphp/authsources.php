<?php
// Two service providers. @NAME@ is filled in by tests/src/support/saml_apache.rs.
$common = [
    'saml:SP',
    'idp' => '@HUB@/saml/metadata',
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'sign.authnrequest' => true,
    'sign.logout' => true,
    'redirect.sign' => true,
    'redirect.validate' => true,
    'validate.logout' => true,
    'WantAssertionsSigned' => true,
];
$config = [
    // One key for both, as SimpleSAMLphp has it. Assertions have to be encrypted.
    'sealed' => $common + [
        'entityID' => 'https://localhost:@PORT@/sealed/metadata',
        'privatekey' => 'encryption.key',
        'certificate' => 'encryption.pem',
        'assertion.encryption' => true,
        // It always names a format; transient where none is configured.
        'NameIDPolicy' => [
            'Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
            'AllowCreate' => true,
        ],
    ],
    'open' => $common + [
        'entityID' => 'https://localhost:@PORT@/open/metadata',
        'privatekey' => 'signing.key',
        'certificate' => 'signing.pem',
    ],
];

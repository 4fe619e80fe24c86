<?php
// SimpleSAMLphp as an identity provider and nothing else. @NAME@ is filled in by
// tests/src/support/simplesamlphp_idp.rs; what a test changes while it runs is in settings.json, people.json and
// services.
$settings = json_decode(file_get_contents('@SCRATCH@/settings.json'), true);
$services = array_map(
    function (string $file) use ($settings): array {
        $metadata = file_get_contents($file);
        if (!$settings['signs_assertion']) {
            // What a service wants counts more than what it is told here.
            $metadata = str_replace('WantAssertionsSigned="true"', '', $metadata);
        }
        return ['type' => 'xml', 'xml' => $metadata];
    },
    glob('@SCRATCH@/services/*.xml')
);

// This version encrypts by AES-128-CBC whatever it is told; newer ones by what is called sharedkey_algorithm. So
// does this one here.
if (!class_exists('SAML2\EncryptedAssertion', false)) {
    $class = file_get_contents('@SIMPLESAMLPHP@/vendor/simplesamlphp/saml2/src/SAML2/EncryptedAssertion.php');
    $fixed = 'new XMLSecurityKey(XMLSecurityKey::AES128_CBC)';
    assert(substr_count($class, $fixed) === 1);
    $told = 'new XMLSecurityKey(' . var_export($settings['cipher'], true) . ')';
    eval(substr(str_replace($fixed, $told, $class), strlen('<?php')));
}

$config = [
    'baseurlpath' => 'https://localhost:@PUBLIC@/simplesaml/',
    'certdir' => '@SCRATCH@/',
    'metadatadir' => '@SCRATCH@/metadata/',
    'loggingdir' => '@SCRATCH@/log/',
    'datadir' => '@SCRATCH@/data/',
    'tempdir' => '@SCRATCH@/temporary/',
    'technicalcontact_name' => 'Tests',
    'technicalcontact_email' => 'na@example.org',
    'timezone' => 'UTC',
    'secretsalt' => 'for-tests-only-and-known-to-everybody',
    'auth.adminpassword' => 'for-tests-only-and-known-to-everybody',
    'admin.checkforupdates' => false,
    // Wherever a test wants to go after a logout.
    'trusted.url.domains' => null,
    'debug' => ['saml' => true, 'backtraces' => true, 'validatexml' => false],
    'showerrors' => true,
    'errorreporting' => false,
    'logging.level' => SimpleSAML\Logger::DEBUG,
    'logging.handler' => 'file',
    'logging.logfile' => 'simplesamlphp.log',
    'enable.saml20-idp' => true,
    'module.enable' => ['core' => true, 'exampleauth' => true, 'saml' => true],
    'language.default' => 'fr',
    'language.available' => ['fr', 'en'],
    // Cookies know no ports: each of several here has names of its own.
    'language.cookie.name' => '@NAME@-language',
    'session.cookie.name' => '@NAME@-id',
    'session.phpsession.cookiename' => '@NAME@',
    'session.authtoken.cookiename' => '@NAME@-token',
    'session.cookie.secure' => true,
    'session.cookie.samesite' => 'None',
    'session.phpsession.savepath' => '@SCRATCH@/sessions',
    'store.type' => 'phpsession',
    'authproc.idp' => [],
    'metadata.sources' => array_merge([['type' => 'flatfile']], $services),
];

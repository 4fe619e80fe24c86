<?php
// An application behind SimpleSAMLphp: `secure` asks for a login, `login` begins one as it is asked for (force,
// passive, nameid, context, comparison), `session` tells who it is and asks nobody, `logout` signs out here and
// at the hub, and comes back.
require_once 'lib/_autoload.php';

[, $provider, $page] = explode('/', strtok($_SERVER['REQUEST_URI'], '?'));
$back = 'https://' . $_SERVER['HTTP_HOST'] . "/$provider/session";
$simple = new SimpleSAML\Auth\Simple($provider);

$formats = [
    'transient' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
    'persistent' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'emailAddress' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
];
switch ($page) {
    case 'secure':
        $simple->requireAuth();
        break;
    case 'login':
        $format = $formats[$_GET['nameid'] ?? ''] ?? null;
        $simple->login(array_filter([
            'ReturnTo' => $back,
            'ErrorURL' => $back,
            'ForceAuthn' => isset($_GET['force']),
            'isPassive' => isset($_GET['passive']),
            'saml:NameIDPolicy' => $format === null ? null : ['Format' => $format, 'AllowCreate' => true],
            'saml:AuthnContextClassRef' => $_GET['context'] ?? null,
            'saml:AuthnContextComparison' => $_GET['comparison'] ?? null,
        ]));
        break;
    case 'logout':
        $simple->logout(['ReturnTo' => $back, 'ReturnStateParam' => 'ended', 'ReturnStateStage' => 'ended']);
        break;
}

/** Why a login that began here failed. */
function refused(): ?array
{
    $parameter = SimpleSAML\Auth\State::EXCEPTION_PARAM;
    if (!isset($_GET[$parameter])) {
        return null;
    }
    $state = SimpleSAML\Auth\State::loadExceptionState($_GET[$parameter]);
    $error = $state[SimpleSAML\Auth\State::EXCEPTION_DATA];
    return ['message' => $error->getMessage()];
}

/** How a logout that began here went. */
function ended(): ?array
{
    if (!isset($_GET['ended'])) {
        return null;
    }
    $state = SimpleSAML\Auth\State::loadState($_GET['ended'], 'ended');
    $status = $state['saml:sp:LogoutStatus'] ?? null;
    return $status === null ? null : array_values(array_filter([$status['Code'], $status['SubCode']]));
}

/** Not when they signed in at the hub: SimpleSAMLphp keeps the time of its own login. */
function known(SimpleSAML\Auth\Simple $simple): array
{
    $name = $simple->getAuthData('saml:sp:NameID');
    return [
        'signed_in' => true,
        'name_id' => [
            'value' => $name->getValue(),
            'format' => $name->getFormat(),
            'name_qualifier' => $name->getNameQualifier(),
            'sp_name_qualifier' => $name->getSPNameQualifier(),
        ],
        'session_index' => $simple->getAuthData('saml:sp:SessionIndex'),
        'authn_context' => $simple->getAuthData('saml:sp:AuthnContext'),
        'issuer' => $simple->getAuthData('saml:sp:IdP'),
        'attributes' => (object) $simple->getAttributes(),
    ];
}

$signed_in = $simple->isAuthenticated();
$known = $signed_in ? known($simple) : ['signed_in' => false, 'error' => refused(), 'logout' => ended()];
header('Content-Type: application/json');
header('Cache-Control: no-store');
echo json_encode($known);

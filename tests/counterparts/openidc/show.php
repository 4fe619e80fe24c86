<?php
// What mod_auth_openidc tells an application: who it is, with which claims, and that there are tokens,
// which are not shown.
$claims = [];
foreach ($_SERVER as $name => $value) {
    if (strpos($name, 'OIDC_CLAIM_') === 0) {
        $claims[substr($name, strlen('OIDC_CLAIM_'))] = $value;
    }
}

function told(string $name): ?string
{
    $value = $_SERVER[$name] ?? '';
    return $value === '' ? null : $value;
}

function fingerprint(?string $token): ?string
{
    return $token === null ? null : substr(hash('sha256', $token), 0, 16);
}

header('Content-Type: application/json');
header('Cache-Control: no-store');
$user = told('REMOTE_USER');
echo json_encode($user === null ? ['signed_in' => false] : [
    'signed_in' => true,
    'sub' => $user,
    // As single texts, and as the hub wrote them.
    'texts' => $claims,
    'claims' => json_decode(told('OIDC_userinfo_json') ?? 'null'),
    'id_token' => json_decode(told('OIDC_id_token_payload') ?? 'null'),
    'tokens' => [
        'access_token' => fingerprint(told('OIDC_access_token')),
        'refresh_token' => fingerprint(told('OIDC_refresh_token')),
        'expires' => told('OIDC_access_token_expires'),
    ],
    // What refreshing ended with, when it failed.
    'error' => $_GET['error_code'] ?? null,
]);

<?php
// Settings that the phpCAS pages share: which hub, which authority, sessions of their own.
require_once 'CAS.php';

function hub(): array
{
    return parse_url('@HUB@');
}

/** Starts phpCAS as `phpCAS::client` or `phpCAS::proxy`, with single logout from the hub's host. */
function start_cas(string $constructor, string $session): void
{
    // One host serves several applications here; their sessions must not mix.
    session_name($session);
    $hub = hub();
    phpCAS::setDebug('@SCRATCH@/phpcas.log');
    call_user_func(
        ['phpCAS', $constructor],
        CAS_VERSION_3_0,
        $hub['host'],
        $hub['port'],
        '/cas',
        'https://localhost:@PORT@'
    );
    phpCAS::setCasServerCACert('@CA@');
    phpCAS::handleLogoutRequests(true, ['localhost', '127.0.0.1']);
}

function answer(array $content): void
{
    header('Content-Type: application/json');
    echo json_encode($content);
}

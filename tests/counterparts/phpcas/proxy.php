<?php
// An application that calls another one as the person who is signed in: proxy tickets.
require_once 'common.php';

start_cas('proxy', 'PHPCAS_PROXY');
phpCAS::setPGTStorageFile('@SCRATCH@/pgt');
phpCAS::setFixedCallbackURL('https://localhost:@PORT@/phpcas/proxy.php');
phpCAS::forceAuthentication();

$called = phpCAS::serviceWeb('https://localhost:@PORT@/phpcas/backend.php', $code, $output);
answer([
    'user' => phpCAS::getUser(),
    'attributes' => phpCAS::getAttributes(),
    'called' => $called,
    'code' => $code,
    'backend' => $called ? json_decode($output, true) : $output,
]);

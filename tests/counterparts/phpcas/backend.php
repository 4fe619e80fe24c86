<?php
// The application that is called: accepts proxy tickets that came through the one before it.
require_once 'common.php';

start_cas('client', 'PHPCAS_BACKEND');
phpCAS::allowProxyChain(new CAS_ProxyChain(['https://localhost:@PORT@/phpcas/proxy.php']));
phpCAS::forceAuthentication();
answer(['user' => phpCAS::getUser(), 'proxies' => phpCAS::getProxies()]);

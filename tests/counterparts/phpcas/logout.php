<?php
// Signs out here and at the hub, and asks to come back.
require_once 'common.php';

start_cas('client', 'PHPCAS');
phpCAS::logoutWithRedirectService('https://localhost:@PORT@/phpcas/session.php');

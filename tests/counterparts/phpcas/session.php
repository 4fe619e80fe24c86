<?php
// Whether this browser has a session at the application, without asking the hub.
require_once 'common.php';

start_cas('client', 'PHPCAS');
answer(['signed_in' => phpCAS::isSessionAuthenticated()]);

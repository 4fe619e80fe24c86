<?php
// A page open to all that greets people who happen to be signed in at the hub (gateway).
require_once 'common.php';

start_cas('client', 'PHPCAS_GATEWAY');
answer(['user' => phpCAS::checkAuthentication() ? phpCAS::getUser() : null]);

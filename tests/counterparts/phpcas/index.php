<?php
// An application behind phpCAS: who is it, with which attributes?
require_once 'common.php';

start_cas('client', 'PHPCAS');
phpCAS::forceAuthentication();
answer(['user' => phpCAS::getUser(), 'attributes' => phpCAS::getAttributes()]);

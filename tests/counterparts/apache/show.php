<?php
// What mod_auth_cas tells an application: the user and the attributes it made into headers.
header('Content-Type: application/json');
$attributes = [];
foreach (getallheaders() as $name => $value) {
    if (stripos($name, 'CAS-') === 0) {
        $attributes[substr($name, 4)] = $value;
    }
}
echo json_encode(['user' => $_SERVER['REMOTE_USER'] ?? null, 'attributes' => $attributes]);

<?php
// Begins a login as it is asked for: passive. The module asks for nothing else.
[, $provider] = explode('/', $_SERVER['REQUEST_URI']);
$base = 'https://' . $_SERVER['HTTP_HOST'] . "/$provider";
header("Location: $base/mellon/login?" . http_build_query([
    'ReturnTo' => "$base/session",
    'IsPassive' => isset($_GET['passive']) ? 'true' : null,
]));
http_response_code(302);

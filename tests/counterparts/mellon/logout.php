<?php
// Signs out here and at the hub, and asks to come back.
[, $provider] = explode('/', $_SERVER['REQUEST_URI']);
$base = 'https://' . $_SERVER['HTTP_HOST'] . "/$provider";
header("Location: $base/mellon/logout?" . http_build_query(['ReturnTo' => "$base/session"]));
http_response_code(302);

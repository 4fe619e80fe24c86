<?php
// Signs out here and at the hub, and asks to come back.
$base = 'https://' . $_SERVER['HTTP_HOST'];
header('Location: ' . $base . '/secret/callback?' . http_build_query(['logout' => $base . '/open/']));
http_response_code(302);

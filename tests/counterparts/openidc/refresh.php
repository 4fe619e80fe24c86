<?php
// Asks the module for new tokens. It wants to see the old access token: only the application knows it,
// so nobody else can send people here to use up their refresh tokens.
$base = 'https://' . $_SERVER['HTTP_HOST'];
header('Location: ' . $base . '/secret/callback?' . http_build_query([
    'refresh' => $base . '/secret/',
    'access_token' => $_SERVER['OIDC_access_token'] ?? '',
]));
http_response_code(302);

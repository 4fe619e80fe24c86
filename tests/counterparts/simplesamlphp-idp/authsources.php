<?php
// The people that it knows, in people.json: "login:password", and their attributes.
$config = [
    'people' => array_merge(
        ['exampleauth:UserPass'],
        json_decode(file_get_contents('@SCRATCH@/people.json'), true)
    ),
];

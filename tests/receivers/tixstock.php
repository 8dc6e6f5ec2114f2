<?php
// Reads length-prefixed (token, signature, body) from stdin; writes for each two digits: does the signature fit the raw
// body, and does it fit the body as PHP decodes and encodes it again.
$input = stream_get_contents(STDIN);
$parts = [];
for ($at = 0; $at < strlen($input); $at += 4 + $length) {
    $length = unpack('N', $input, $at)[1];
    $parts[] = substr($input, $at + 4, $length);
}
$marks = [];
foreach (array_chunk($parts, 3) as [$token, $signature, $body]) {
    $again = json_encode(json_decode($body, true));
    $mark = '';
    foreach ([$body, $again] as $message) {
        $mark .= hash_equals(hash_hmac('sha256', $message, $token), $signature) ? '1' : '0';
    }
    $marks[] = $mark;
}
echo implode(' ', $marks);

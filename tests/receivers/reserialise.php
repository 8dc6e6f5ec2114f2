<?php
// Reads length-prefixed JSON bodies from stdin and writes each back, length-prefixed, as PHP re-serialises it.
$input = stream_get_contents(STDIN);
for ($at = 0; $at < strlen($input); $at += 4 + $length) {
    $length = unpack('N', $input, $at)[1];
    $body = json_encode(json_decode(substr($input, $at + 4, $length), true), JSON_THROW_ON_ERROR);
    fwrite(STDOUT, pack('N', strlen($body)) . $body);
}

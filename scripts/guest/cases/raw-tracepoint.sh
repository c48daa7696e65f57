# `raw_tracepoint`: arguments by name and type.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start raw-syscalls -o json
become "$programs/write_once" 7 4321
stop
sed -n "s/.*\"pid\":$pid,.*\"id\":1,\"id_text\":\"write\"}.*/write/p" "$T/out" | head -n 1 >"$T/writes"
is 'write(2) is number 1' write "$(cat "$T/writes")"

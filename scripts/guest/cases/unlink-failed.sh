# `func`: a call that fails gives its error number, signed.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start unlink -o json
become "$programs/unlink_file" "$T/never-there" >"$T/said"
stop
is 'the trigger' -2 "$(cat "$T/said")"
events 1 "filename=$T/never-there" comm=unlink_file ret=-2 "pid=$pid"

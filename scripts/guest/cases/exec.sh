# A tracepoint with a string that stands at a place the event names.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start exec -o json
become "$programs/open_socket" unix-stream
stop
events 1 "filename=$programs/open_socket" "pid=$pid"

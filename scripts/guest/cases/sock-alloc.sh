# Embedded structures: the socket's own type, and the family of the `sock` that it points to.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start sock-alloc -o json
become "$programs/open_socket" inet6-dgram
stop
events 1 type=2 family=10 "pid=$pid"

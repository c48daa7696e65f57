# The one case of the self-test: it passes with the stand-in that answers right, and with no other.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start known -o json
become "$programs/write_once" 1 1
stop
events 1 comm=rm filename=gone ret=0 "pid=$pid"
lines 1 "KPROBE EXIT: pid = $pid, ret = 0"

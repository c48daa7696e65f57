# `ufunc` in a library that is looked up as the dynamic loader does.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start malloc -o json
become "$programs/allocate" 1234567
stop
events 1 comm=allocate size=1234567 "pid=$pid"

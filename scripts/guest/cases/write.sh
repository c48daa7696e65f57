# `syscall`: an argument by name, and what the call returned.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start write -o json
become "$programs/write_once" 7 4321
stop
events 1 comm=write_once fd=7 bytes=4321 "pid=$pid"

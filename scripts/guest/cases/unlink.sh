# `func`: one event a call, with the entry's file name and the return value.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start unlink -o json
touch "$T/gone"
cd "$T" || exit 1
become /bin/rm gone
stop
events 1 filename=gone
events 1 probe=unlink filename=gone comm=rm ret=0 "pid=$pid"

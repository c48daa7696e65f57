# `interval` on one CPU, whatever runs there and whoever is asked for.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start "$(config interval:ms:100 cpu)" -o json
sleep 1
stop
between 2 40 probe=probe
between 2 40 cpu=0
sleep 1000 &
sleeper=$!
start "$(config interval:s:1 cpu)" -o json -p "$sleeper"
sleep 3
stop
kill "$sleeper"
between 1 8 probe=probe

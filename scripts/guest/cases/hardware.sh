# `hardware`; where the machine counts nothing, an error that says so, exit code 4, no output.
# shellcheck shell=sh disable=SC2154 # $T, $runner: see lib.sh
config hardware:cycles 'pid, comm' >/dev/null
if [ -e /sys/bus/event_source/devices/cpu ]; then
    start "../..$T/probe" -o json
    become "$programs/busy" burn 500
    stop
    between 1 1000000 comm=burn "pid=$pid"
else
    "$runner" -c "$T/probe.yaml" >"$T/out" 2>"$T/err" </dev/null
    is 'exit code' 4 "$?"
    is 'says why' 1 "$(grep -c 'error\[hook-unavailable\].*no `cpu-cycles` counter' "$T/err")"
    is 'standard output' '' "$(cat "$T/out")"
fi

# `kprobe` and `kretprobe` side by side, each with its own `print:`.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start unlink-kprobe
touch "$T/gone"
cd "$T" || exit 1
become /bin/rm gone
stop
lines 1 "KPROBE ENTRY pid = $pid, filename = gone"
lines 1 "KPROBE EXIT: pid = $pid, ret = 0"

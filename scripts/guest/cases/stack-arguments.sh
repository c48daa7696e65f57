# Arguments of a kernel function beyond those in registers: `pgoff` is the seventh since 6.6, `uf` the last.
# shellcheck shell=sh disable=SC2154 # $programs, $pid: see lib.sh
start "$(config func:do_mmap 'pid, len, pgoff, {own: uf->next == uf}, {ok: (s64)retval > 0}' \
    'comm == "many_arguments" && pgoff == 5')" -o json
become "$programs/many_arguments"
stop
events 1 "pid=$pid" len=12288 pgoff=5 own=true ok=true
start "$(config kprobe:do_mmap 'pid, pgoff, {own: uf->next == uf}' 'pgoff == 5')" -o json
become "$programs/many_arguments"
stop
events 1 "pid=$pid" pgoff=5 own=true

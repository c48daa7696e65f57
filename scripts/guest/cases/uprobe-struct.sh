# `uprobe` with `types` and `args`: a structure of a program, without its headers.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start uprobe-struct -o json
become "$programs/report_struct" 41 'a name' 3
stop
events 1 num=41 'name=a name' n=0 "pid=$pid"
events 1 num=41 'name=a name' n=-1 "pid=$pid"
events 1 num=40 'name=a name' n=-2 "pid=$pid"

# `uretprobe`: a string that a function of a program returns.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start bash-readline -o json
printf 'echo one two\nexit\n' >"$T/typed"
bash --norc -i <"$T/typed" >"$T/shown" 2>&1
stop
events 1 'command=echo one two'
events 1 command=exit

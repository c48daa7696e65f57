# Strings and bytes: patterns in the kernel, a list of arguments, buffers at entry and at return; a
# value that is missing says at which step.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start "$(config syscall:execve \
    'pid, {name: {expr: filename, max: 4096}}, {argv: argv(argv)}, {ios: task->bio_list->head}' \
    'filename ~ "*/open_sock?t" && !startswith(filename, "/none") && filename != "x"')" -o json
become "$programs/open_socket" inet-stream
become "$programs/write_once" 7 1
stop
events 1 name="$programs/open_socket" "argv=[\"$programs/open_socket\",\"inet-stream\"]" ios=null
is 'nothing else is seen' 1 "$(grep -c '"probe":"probe"' "$T/out")"
is 'the step that failed is named' 1 "$(grep -c '`task->bio_list` is NULL' "$T/err")"
start "$(config syscall:write \
    'pid, {data: "buf(buf, count)"}, {two: {expr: "buf(buf, retval)", max: 2}}' 'fd == 1')" -o json
become sh -c "echo 'some text' >$T/written"
stop
events 1 "pid=$pid" 'data=some text\n' two=so two_truncated=true

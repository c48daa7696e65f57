# The largest event that a kernel's maps hold: seven paths of 4004 bytes whole and the start of an eighth
# take 32768 bytes, and no byte of it is on the stack.
# shellcheck shell=sh disable=SC2154 # $T, $programs: see lib.sh
{
    echo 'version: 1'
    echo 'limits: {string: 4096}'
    echo 'probes:'
    echo '  - name: unlink'
    echo '    hook: syscall:unlink'
    echo '    where: comm == "unlink_file" && pathname ~ "*/gone"'
    echo '    fields:'
    for number in 1 2 3 4 5 6 7; do
        echo "      - path$number: pathname"
    done
    echo '      - start: {expr: pathname, max: 3934}'
} >"$T/probe.yaml"
long=$T/
while [ "${#long}" -lt 4000 ]; do
    long=$long./
done
long=${long}gone
: >"$T/gone"
start "../..$T/probe" -o json
become "$programs/unlink_file" "$long" >"$T/ret"
stop
is 'the file is removed' 0 "$(cat "$T/ret")"
events 1 path1="$long" path2="$long" path3="$long" path4="$long" path5="$long" path6="$long" \
    path7="$long" start="$(printf %.3934s "$long")" start_truncated=true

# Sourced by guest/test for each case: start `runner`, do something known, stop it, compare.
#
# In: $runner, $programs, $T (this case's folder), $case (its name), $results (the file that is
# counted). Out: one `ok NAME` or `not ok NAME: …` line a check, on standard output and in $results.
# POSIX shell, for busybox.
# shellcheck shell=sh disable=SC2154,SC2034 # set by guest/test, used by the cases

# One finished check: `report ok NAME` or `report 'not ok' NAME: why`.
report() {
    printf '%s %s\n' "$1" "$2" | tee -a "$results"
}

# is NAME EXPECTED GOT: exact equality.
is() {
    if [ "$2" = "$3" ]; then
        report ok "$case: $1"
    else
        report 'not ok' "$case: $1: expected $2, got $3"
    fi
}

# What a failure needs to be understood.
show() {
    sed "s/^/  $case: $2: /" "$1" | tail -n 40
}

# start CONFIG [OPTION…]: `runner` on configs/CONFIG.yaml, attached when this returns. Where it
# does not get that far, the case ends here. The first start in a guest also builds the libraries,
# which takes 40 s on a busy machine.
start() {
    config=$1
    shift
    : >"$T/out"
    : >"$T/err"
    "$programs/interruptible" "$runner" -c "configs/$config.yaml" "$@" \
        >"$T/out" 2>"$T/err" </dev/null &
    running=$!
    tries=0
    until grep -q '^runner: attached' "$T/err"; do
        if ! kill -0 "$running" 2>/dev/null; then
            wait "$running"
            report 'not ok' "$case: attaches: expected \`attached\`, got exit code $?"
            show "$T/err" stderr
            exit 1
        fi
        tries=$((tries + 1))
        if [ "$tries" -gt $((${ATTACH_SECONDS:-120} * 10)) ]; then
            kill -KILL "$running"
            report 'not ok' "$case: attaches: expected \`attached\`, got nothing in time"
            show "$T/err" stderr
            exit 1
        fi
        sleep 0.1
    done
    report ok "$case: attaches"
}

# become COMMAND…: runs it under a process number known beforehand: $pid. It must succeed.
become() {
    sh -c 'echo "$$" >"$0"; exec "$@"' "$T/pid" "$@"
    code=$?
    pid=$(cat "$T/pid")
    [ "$code" -eq 0 ] || report 'not ok' "$case: trigger \`$*\`: expected exit code 0, got $code"
}

# stop: Ctrl-C, upon which `runner` has to print what it still holds and end with 0.
stop() {
    kill -INT "$running" 2>/dev/null
    tries=0
    while kill -0 "$running" 2>/dev/null && [ "$tries" -lt $((${STOP_SECONDS:-30} * 10)) ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    kill -KILL "$running" 2>/dev/null
    wait "$running"
    is 'ends with 0 on Ctrl-C' 0 "$?"
}

# Turns key=value into the piece of JSON that an object holds: numbers, true, false and null stand
# bare, as do lists, all else is a string. `key="5"` is the string 5.
pair() {
    value=${1#*=}
    case $value in
    true | false | null | \"*\" | \[*\]) ;;
    '' | *[!0-9-]* | ?*-*) value="\"$value\"" ;;
    esac
    printf '"%s":%s' "${1%%=*}" "$value"
}

# events NUMBER KEY=VALUE…: exactly so many output objects have all of these values.
events() {
    wanted=$1
    shift
    sed 's/^{/,/; s/}$/,/' "$T/out" >"$T/left"
    for each; do
        grep -F ",$(pair "$each")," "$T/left" >"$T/next"
        mv "$T/next" "$T/left"
    done
    counted "$wanted" "event with $(printf %.200s "$*")"
}

# lines NUMBER TEXT: exactly so many output lines are this text.
lines() {
    grep -xF -e "$2" "$T/out" >"$T/left"
    counted "$1" "line \`$2\`"
}

# Compares the number of lines in $T/left with $1, and shows the output where they differ.
counted() {
    got=$(wc -l <"$T/left")
    is "$2" "$1" "$((got))"
    if [ "$1" -ne "$got" ]; then
        show "$T/out" stdout
        show "$T/err" stderr
    fi
}

# between LEAST MOST KEY=VALUE…: at least and at most so many output objects have these values.
between() {
    least=$1 most=$2
    shift 2
    sed 's/^{/,/; s/}$/,/' "$T/out" >"$T/left"
    for each; do
        grep -F ",$(pair "$each")," "$T/left" >"$T/next"
        mv "$T/next" "$T/left"
    done
    got=$(($(wc -l <"$T/left")))
    if [ "$got" -ge "$least" ] && [ "$got" -le "$most" ]; then
        report ok "$case: $least to $most events with $*"
    else
        report 'not ok' "$case: events with $*: expected $least to $most, got $got"
        head -n 20 "$T/out" >"$T/next"
        show "$T/next" stdout
        show "$T/err" stderr
    fi
}

# config HOOK FIELDS [CONDITION]: writes a config with one probe and prints its name for `start`.
config() {
    {
        echo 'version: 1'
        echo 'probes:'
        echo '  - name: probe'
        echo "    hook: $1"
        echo "    fields: [$2]"
        [ -z "${3:-}" ] || echo "    where: $3"
    } >"$T/probe.yaml"
    echo "../..$T/probe"
}

# A function that calls itself: every return goes to its own entry, by every mechanism. The kernel
# looks for circles of epoll descriptors that way, and an argument tells the depth.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
depth=depth
case $(uname -r) in 5.10.*) depth=call_nests ;; esac
for how in fentry kprobe glob; do
    function=ep_loop_check_proc btf=
    case $how in
    # With types from a file there is no fentry; globs go by kprobe.multi where the kernel has it.
    kprobe) btf='--btf /sys/kernel/btf/vmlinux' ;;
    glob) function=ep_loop_check_pro? ;;
    esac
    cat >configs/case-recursion.yaml <<YAML
version: 1
probes:
  - name: check
    hook: "func:$function"
    fields: [pid, {depth: $depth}, {ret: retval}, latency, func]
YAML
    # shellcheck disable=SC2086 # an option and its value, or nothing
    start case-recursion -o json $btf
    grep '^check:' "$T/err"
    become "$programs/nested_epoll" 4
    stop
    # Each descriptor that is added makes one more search, through one more; they end from within.
    depths='0 1 0 2 1 0 3 2 1 0 ' missed=
    case $how,$(uname -r) in
    kprobe,5.10.* | glob,5.10.*)
        # Linux 5.10 follows as many calls of a function to their returns as there are processors,
        # two. What is deeper shows nothing, and is never taken for another call.
        depths='0 1 0 1 0 1 0 '
        missed='1 call left out: only one end was seen'
        missed="$missed, 2 calls had not returned, or the return was missed"
        ;;
    esac
    grep "\"pid\":$pid," "$T/out" | sed 's/.*"depth":\([0-9]*\).*/\1/' | tr '\n' ' ' >"$T/depths"
    is "$how: depths as they end" "$depths" "$(cat "$T/depths")"
    is "$how: calls that could not be paired" "$missed" \
        "$(sed -n 's/^  check: //p' "$T/err" | tr '\n' ',' | sed 's/,$//; s/,\([0-9]\)/, \1/')"
done

# Structures that a kernel function takes by value: in one register, and in two, behind which others follow.
# shellcheck shell=sh disable=SC2154 # $programs, $pid: see lib.sh
start "$(config kprobe:find_user 'pid, {who: args.uid.val}' 'args.uid.val == 4242')" -o json
become "$programs/by_value"
stop
events 1 "pid=$pid" who=4242
start "$(config func:ip_setsockopt \
    'pid, optname, {value: "*(int *)user(optval.user)"}, optlen, {at: "optval.user != 0 && retval == 0"}' \
    'comm == "by_value"')" -o json
become "$programs/by_value"
stop
events 1 "pid=$pid" optname=2 value=77 optlen=4 at=true

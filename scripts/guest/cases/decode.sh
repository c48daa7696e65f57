# Decoders: addresses of both versions, a port, flags, modes, errors and constants by name.
# shellcheck shell=sh disable=SC2154 # $programs, $pid: see lib.sh
start connect -o json
become "$programs/nowhere"
stop
events 1 "pid=$pid" family=2 family_text=AF_INET address=192.0.2.1 port=4660 ret=-9 ret_text=EBADF
events 1 "pid=$pid" family=10 family_text=AF_INET6 address=2001:db8::1 port=4660 ret_text=EBADF
start open -o json
become "$programs/nowhere"
stop
events 1 "pid=$pid" path=/no/where 'flags_text=O_WRONLY|O_CREAT|O_CLOEXEC|O_NOFOLLOW' \
    mode=416 'mode_text="0640"' ret=-2 ret_text=ENOENT
start sock-alloc -o json
become "$programs/open_socket" inet-stream
stop
events 1 "pid=$pid" family_text=AF_INET type_text=SOCK_STREAM protocol=6 protocol_text=IPPROTO_TCP
# An enum of the kernel by its type alone.
start "$(config kprobe:sock_alloc_file 'pid, {state: sock->state}, {dec: {expr: sock->state, as: dec}}')" \
    -o json
become "$programs/open_socket" unix-stream
stop
events 1 "pid=$pid" state=1 state_text=SS_UNCONNECTED dec=1

# The executable's path over several mounts, the process in namespaces of its own, both stacks.
# shellcheck shell=sh disable=SC2154,SC2046 # $T, $programs, $pid: see lib.sh
mkdir "$T/mounted"
mount -t tmpfs none "$T/mounted"
mkdir "$T/mounted/folder"
cp "$programs/open_socket" "$T/mounted/folder/program"
start process-info -o json
become "$T/mounted/folder/program" inet6-dgram
inode=$(stat -c %i "$T/mounted/folder/program")
number=$(readlink /proc/self/ns/net | tr -dc 0-9)
unshare -p -f -n "$T/mounted/folder/program" inet6-dgram
stop
umount "$T/mounted"
events 1 "pid=$pid" "nspid=$pid" "exe=$T/mounted/folder/program" "exe_inode=$inode" "net_ns=$number"
# The first process of its pid namespace.
events 1 nspid=1 "exe=$T/mounted/folder/program" pcomm=unshare

# `software`: the kernel's own counts, exact with a count of 1 but for what a process does besides.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
for event in page-faults minor-faults; do
    start "$(config "software:$event:1" 'pid, comm' 'comm == "touch"')" -o json
    become "$programs/busy" touch 1000 0
    stop
    between 1000 1050 comm=touch "pid=$pid"
done
start "$(config software:page-faults 'pid, comm' 'comm == "touch"')" -o json
become "$programs/busy" touch 10000 0
stop
between 80 110 comm=touch "pid=$pid"
start "$(config software:context-switches:1 'pid, comm' 'comm == "nap"')" -o json
become "$programs/busy" nap 100 0
stop
between 100 200 comm=nap "pid=$pid"
for event in cpu-clock task-clock; do
    start "$(config "software:$event:10000000" 'pid, comm, cpu' 'comm == "burn"')" -o json
    become "$programs/busy" burn 500 1
    stop
    between 5 100 comm=burn "pid=$pid" cpu=1
done
# These fire too seldom to be foreseen: they attach and detach.
for event in cpu-migrations major-faults alignment-faults emulation-faults; do
    start "$(config "software:$event" 'pid, comm')" -o json
    stop
done

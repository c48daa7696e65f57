# `profile` on every CPU: who burns is seen only where it runs, who sleeps never, idle CPUs as
# process 0; `-p` leaves all others out.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
sleep 1000 &
sleeper=$!
for pace in hz:99 ms:10; do
    start "$(config "profile:$pace" 'pid, comm, cpu')" -o json
    become "$programs/busy" burn 1000 1
    burnt=$pid
    sleep 1
    stop
    between 10 200 comm=burn "pid=$burnt" cpu=1
    events 0 comm=burn cpu=0
    events 0 "pid=$sleeper"
    between 1 1000000 pid=0 comm=swapper/0 cpu=0
    between 1 1000000 pid=0 comm=swapper/1 cpu=1
done
start profile -o json
become "$programs/busy" burn 500
stop
between 5 100 comm=burn "pid=$pid"
events 0 pid=0
"$programs/busy" burn 60000 &
burner=$!
start profile -o json -p "$burner"
become "$programs/busy" burn 300
stop
kill "$burner"
between 1 1000000 "pid=$burner"
events 0 "pid=$pid"
kill "$sleeper"

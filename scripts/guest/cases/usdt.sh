# `usdt`: arguments of every width and sign, a string, and a probe that has to be switched on.
# shellcheck shell=sh disable=SC2154 # $T, $programs, $pid: see lib.sh
start usdt -o json
become "$programs/static_probes"
stop
events 1 probe=three a=-8 b=200 c=-1600 "pid=$pid"
events 1 probe=text 'text=some text' length=9 "pid=$pid"
events 1 probe=counted watchers=1 "pid=$pid"
events 1 probe=twelve s8=-8 u8=200 s16=-1600 u16=60000 s32=-320000 u32=4000000000 \
    s64=-6400000000000 u64=18000000000000000000 nine=-9 ten=10 memory=-1000001 last=200 "pid=$pid"

# `func`: a call that fails gives its error number, signed.
# shellcheck shell=sh
start unlink -o json
become sh -c '! /bin/rm never-there 2>/dev/null'
stop
events 1 filename=never-there ret=-2

#!/bin/sh
# Counts instructions per call with valgrind, through the pipeline and direct. The difference of two runs leaves
# out the cost of starting. Usage: instructions.sh EXECUTABLE_OF_THE_BENCH [ITEMS_PER_RESPONSE] [rpc|payload|plain]
set -eu
bench=$1
items=${2:-10}
style=${3:-rpc}
exec 3<&0
fifo=$(mktemp -u)
mkfifo "$fifo"
"$bench" serve 0 > "$fifo" &
server=$!
trap 'kill $server; rm -f "$fifo"' EXIT
read -r address < "$fifo"

instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$bench" count "$1" "$style" "$items" "$2" "$address" 2>&1 | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
per_call() {
    few=$(instructions "$1" 200)
    many=$(instructions "$1" 1200)
    echo $(((many - few) / 1000))
}
pipeline=$(per_call pipeline)
direct=$(per_call direct)
echo "instructions per call, $style, $items items: pipeline $pipeline, direct $direct"
awk "BEGIN { printf \"ratio %.3f\n\", $pipeline / $direct }"

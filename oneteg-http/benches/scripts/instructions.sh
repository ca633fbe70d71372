#!/bin/sh
# Instructions a call, pipeline and by hand, counted by valgrind. The difference of two runs leaves out
# what starting costs. Usage: instructions.sh <the bench's executable> [items an answer] [rpc|payload|plain]
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
hand=$(per_call hand)
echo "instructions a call, $style, $items items: pipeline $pipeline, by hand $hand"
awk "BEGIN { printf \"ratio %.3f\n\", $pipeline / $hand }"

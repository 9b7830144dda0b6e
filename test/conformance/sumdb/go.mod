module daybook.example/conformance/sumdb

go 1.18

require golang.org/x/mod v0.7.0

// Debian's golang-golang-x-mod-dev: the check needs no network.
replace golang.org/x/mod => /usr/share/gocode/src/golang.org/x/mod

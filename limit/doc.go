// Package limit counts how often things are done, so that policies can bound it.
// It knows nothing of how a verdict is reached.
//
// # Form
//
// Each counter is a file of its own, NAME.limit in the directory limits of the
// state directory, under one lock on limits/lock. It begins with a line of JSON
// that says what is counted, padded to 1 KiB; records of 32 bytes follow, one
// for each call that counted: when, how often at once, and a checksum. A call
// appends one record by one write that crosses no page, so that a process that
// is killed has counted or has not, and can never have taken back what others
// counted. A file that holds twice what it needs is written anew.
//
// This is a sliding log: a call passes if it and all that counted in the window
// before it are at most max. There is no boundary at which twice as much fits.
//
// Of what was measured (open, read, update, close; ext4, two cores), this took
// 10 µs, bbolt without waiting for the disk 40 to 45 µs and with it 480 to
// 810 µs, a file replaced whole 120 to 350 µs and with fsync 560 to 790 µs. All
// of Take takes 40 µs where 10 fit, 0.2 ms where 1000 do, and 0.9 ms when 10,000,
// the most that policies may allow, are there.
//
// # Clocks
//
// Where the machine has a clock that nobody can set and that goes on in sleep
// (Linux: CLOCK_BOOTTIME), times of one boot are compared by it: setting the
// clock, back or forth, changes nothing. Across a restart, and on other systems,
// the wall clock counts. A wall clock that was set back refunds nothing: what
// then seems to lie in the future counts for one more window from when that is
// seen. That it was set forth cannot be told from time that passed.
//
// # Damage
//
// Nothing waits for the disk: after a power cut a counter may have lost the last
// seconds, or be damaged. A file that cannot be read as above is put aside, its
// counter counts as full, and is free again after one window without tries. A
// counter that cannot be written is an error; who asks must then refuse.
package limit

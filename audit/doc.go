// Package audit keeps a log of what the guard decided. It knows nothing of how a
// verdict is reached.
//
// # Form
//
// The log is the file audit.jsonl of the state directory: one JSON object a
// line, each with its number ("seq", from 1, without gaps) and with the SHA-256
// of the line before it, without its newline ("prev"; 64 zeros in the first).
// Lines are appended under a lock on audit.lock. A line without "kind" tells of
// a call; the other kinds are the log's own:
//
//	file      the first line of every file: names the file before it, its last
//	          number and hash, or a damaged file that was put aside
//	recovery  says that the bytes since the last whole line were none, as a
//	          power cut leaves them, with their number and SHA-256
//	key       sealing began, with a new key
//	seal      a MAC over everything before it
//
// A file that has grown past its limit is renamed to audit-LASTSEQ.jsonl, and a
// new one begun. An append reads the last line and nothing else of the log, so
// that it costs the same whatever the log's length. What was torn is kept as it
// is: a recovery line follows it.
//
// # What the chain proves
//
// Whoever changes, removes, inserts or moves a line must write anew every line
// after it, or Verify finds the place. Someone who can write the file can do just
// that, or cut lines off its end. Against that there are checkpoints, kept
// elsewhere, and seals, see Key.
package audit

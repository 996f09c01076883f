// Package approval keeps the tickets of calls that a human must approve.
//
// A call that needs approval is blocked and gets a ticket. A human answers the
// ticket; then the same call passes once, or as often and as long as the human
// said. A ticket is bound to everything that was judged of the call: whatever
// changes makes another ticket.
//
// In the directory approvals of the state directory stand, for each ticket, one
// file that the hook writes (what was asked, how often it has passed) and one
// for each human's answer. All are small, written whole, and read and written
// under one lock; each begins with the SHA-256 of what follows. A file that is
// damaged is put aside and takes its ticket with it: damage closes tickets, it
// never opens one.
//
// The digest of a call covers all that its ticket shows, so that a ticket cannot
// show one call and let another pass, nor want fewer people than the policies do.
//
// Answers that an SSH key signed prove who gave them. Of the others only the
// owner of the file is known, and whoever runs as that user can write it.
package approval

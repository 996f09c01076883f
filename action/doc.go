// Package action holds the words that every other package speaks: the Call of
// an agent, the Actions a call may take, the Place an action would change, and
// the Verdict on it. It decides nothing and imports nothing of the project but
// the file-system view in package world.
package action

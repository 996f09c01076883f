// Package lint finds what is wrong with a policy although it can be read: rules
// that nothing can match or that an earlier one hides, and patterns that miss
// other spellings of the command they name or stop harmless ones. Spellings
// come from the rule packs, and the classifier says which of them do the same.
package lint

// Package foreign reads the policy files of other gates as policies of this one:
//
//   - SafeClaw's policy, .safeclaw/policy.yaml, and its configuration,
//     safeclaw.config.yaml: a list of rules, the first that matches counts;
//   - PolicyLayer's policy.json: a map of MCP tools with their limits.
//
// Both may be YAML or JSON; which of them a file is, its keys tell. Reading is
// strict: whatever is not understood refuses the whole file, with its line and
// column, since a rule that is silently left out is worse than none. Repair
// mends YAML that has lost its indentation; reading never does.
package foreign

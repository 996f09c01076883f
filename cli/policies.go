package cli

import (
	"fmt"
	"time"

	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/policy/foreign"
)

// checkPolicy says how to look for faults in policies.
const checkPolicy = "mend the policy; venv-guard policy check says whether it is well-formed"

// policies reads the policies that hold for calls in a directory.
func (c *Command) policies(dir string) (*policy.Set, error) {
	return c.loader(dir).Load()
}

// loader says where those policies are.
func (c *Command) loader(dir string) policy.Loader {
	return policy.Loader{Environ: c.Environ, Dir: dir, Now: time.Now(), Managed: c.ManagedPolicy, Foreign: foreign.Read, Usual: foreign.Usual}
}

// brokenPolicy says that calls are blocked because of a policy.
func brokenPolicy(err error) error { return fmt.Errorf("%w; %s", err, checkPolicy) }

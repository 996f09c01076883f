//go:build unix && !linux

package clients

import "errors"

// isolate fails where there are no network namespaces.
func isolate() error { return errors.ErrUnsupported }

//go:build !unix

package audit

import "io/fs"

var errReadOnly = fs.ErrPermission

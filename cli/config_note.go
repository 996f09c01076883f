package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/internal/state"
	"github.com/venv-guard/venv-guard/setup"
	"github.com/venv-guard/venv-guard/setup/claude"
)

// maxSettings bounds the settings files that are read, in bytes; clients' are a
// few KiB.
const maxSettings = 1 << 20

// readSettings reads a settings file; one that is not there is empty.
func readSettings(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case info.Size() > maxSettings:
		return nil, fmt.Errorf("it is longer than %d KiB", maxSettings>>10)
	}
	return os.ReadFile(file)
}

// settingsFiles are the files of Claude Code's settings that hold in a session:
// the user's, the project's and the administrator's.
func (re *reply) settingsFiles(call action.Call) []string {
	host := re.host()
	if host.Dir = getenv(re.Environ, "CLAUDE_PROJECT_DIR"); host.Dir == "" {
		host.Dir = re.where(call)
	}
	var files []string
	client := setup.Lookup("claude")
	for _, scope := range [...]setup.Scope{setup.User, setup.Project, setup.Managed} {
		if file, err := client.File(&host, scope); err == nil {
			files = append(files, file)
		}
	}
	return append(files, filepath.Join(host.Dir, ".claude", "settings.local.json"))
}

// noteSettings remembers what the guard has in settings files, for the next
// change of them: the client tells only that a file changed. Where nothing can
// be kept only what install recorded is compared.
func (re *reply) noteSettings(files ...string) {
	for _, file := range files {
		text, err := readSettings(file)
		if err != nil {
			continue
		}
		note := re.noteFile(file)
		if note == "" {
			continue
		}
		kept := claude.Loose(text).Part(re.names())
		old, err := os.ReadFile(note)
		if err == nil && string(old) == string(kept) || err != nil && string(kept) == "{}\n" {
			continue
		}
		if os.MkdirAll(filepath.Dir(note), 0o700) == nil {
			_ = state.Replace(note, kept)
		}
	}
}

// notedSettings returns what was remembered of a file.
func (re *reply) notedSettings(file string) *claude.Settings {
	if note := re.noteFile(file); note != "" {
		if text, err := os.ReadFile(note); err == nil {
			return claude.Loose(text)
		}
	}
	return new(claude.Settings)
}

// noteFile names the file of the state directory that remembers a settings file.
func (re *reply) noteFile(file string) string {
	dir, err := state.Dir(re.Environ)
	if err != nil {
		return ""
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(re.Dir, file)
	}
	sum := sha256.Sum256([]byte(filepath.Clean(file)))
	return filepath.Join(dir, "settings", hex.EncodeToString(sum[:8])+".json")
}

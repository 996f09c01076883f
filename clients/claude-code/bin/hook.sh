#!/bin/sh
# Starts venv-guard as a hook, wherever it is installed. Places that are the
# user's come before PATH, and nothing in the project is started: an agent can
# write there.
for guard in "$CLAUDE_PLUGIN_ROOT/bin/venv-guard" "$HOME/.local/bin/venv-guard" "${GOBIN:-${GOPATH:-$HOME/go}/bin}/venv-guard" \
	/usr/local/bin/venv-guard /opt/homebrew/bin/venv-guard /usr/bin/venv-guard "$(command -v venv-guard)"; do
	for file in "$guard" "$guard.exe"; do
		case $file in
		"${CLAUDE_PROJECT_DIR:-/nowhere}"/* | "$PWD"/*) ;; # the project's
		/* | [A-Za-z]:*)
			if [ -f "$file" ] && [ -x "$file" ]; then
				exec "$file" hook
			fi
			;;
		esac
	done
done
cat >&2 <<'END'
venv-guard: the plugin is enabled, but the program is not installed, so nothing can be judged and every call is blocked. Ask the user to install it in a terminal of their own, and to start a new session:

  go install github.com/venv-guard/venv-guard@latest

or to put a built venv-guard into ~/.local/bin, or to disable the plugin with /plugin.
END
exit 2

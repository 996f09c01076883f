// Shows every tool call of OpenCode to venv-guard before it runs, and stops it
// with the reason if the guard says so, or cannot be asked. Put this file into
// ~/.config/opencode/plugin/ (or a project's .opencode/plugin/); it needs no
// package. Seen to work with OpenCode 1.18.33: what is thrown here is what the
// model is told.
import { spawn } from "node:child_process"

// The guard: an absolute path, or a name that is looked for on PATH.
const GUARD = "venv-guard"
const LIMIT = 10_000 // milliseconds

export const VenvGuard = async ({ directory }) => ({
  "tool.execute.before": async (input, output) => {
    const call = JSON.stringify({
      hook_event_name: "tool.execute.before",
      session_id: input.sessionID,
      cwd: directory,
      tool_name: input.tool,
      tool_input: output.args ?? {},
    })
    const { status, stderr } = await ask(call).catch((err) => {
      throw new Error(`venv-guard could not be asked about this call, so it was blocked: ${err.message}. Tell the user to look after ${GUARD}.`)
    })
    if (status !== 0) {
      throw new Error(stderr.trim().replace(/^venv-guard: /, "") || `venv-guard ended with status ${status}, so the call was blocked.`)
    }
  },
})

// ask resolves to the guard's exit status and what it wrote to standard error,
// and rejects if it did not start, was killed, or took too long.
function ask(call) {
  return new Promise((resolve, reject) => {
    const guard = spawn(GUARD, ["hook", "--client", "opencode"], { stdio: ["pipe", "ignore", "pipe"] })
    let stderr = ""
    const timer = setTimeout(() => {
      guard.kill("SIGKILL")
      reject(new Error(`no answer in ${LIMIT / 1000} s`))
    }, LIMIT)
    guard.on("error", (err) => {
      clearTimeout(timer)
      reject(err)
    })
    guard.on("close", (status, signal) => {
      clearTimeout(timer)
      if (status === null) reject(new Error(`it was ended by ${signal}`))
      else resolve({ status, stderr })
    })
    guard.stderr.setEncoding("utf8").on("data", (text) => (stderr += text))
    guard.stdin.on("error", () => {}) // it ended before it had read all: its status tells
    guard.stdin.end(call)
  })
}

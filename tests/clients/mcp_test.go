//go:build unix

package clients

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// mcpServer is an MCP server with one tool. It notes its calls in a file.
const mcpServer = `
import { createInterface } from "node:readline"
import { appendFileSync } from "node:fs"
const answer = (id, result) => console.log(JSON.stringify({ jsonrpc: "2.0", id, result }))
const packages = { type: "array", items: { type: "string" } }
const tool = { name: "pip_install", description: "installs", inputSchema: { type: "object", properties: { packages } } }
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  if (method === "initialize")
    answer(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "py", version: "1" } })
  else if (method === "tools/list") answer(id, { tools: [tool] })
  else if (method === "tools/call") {
    appendFileSync(process.argv[2], "mcp " + JSON.stringify(params.arguments) + "\n")
    answer(id, { content: [{ type: "text", text: "did run" }] })
  } else answer(id, {})
})
`

// serve gives the room an MCP server named py.
func (r *room) serve() {
	r.t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		r.t.Skip("there is no node for the MCP server")
	}
	file := filepath.Join(r.home, "server.mjs")
	r.write(file, mcpServer)
	r.mcp = []string{node, file, filepath.Join(filepath.Dir(r.home), "ran")}
}

func TestClaudeMCP(t *testing.T) {
	claudeCase(t, func(t *testing.T, c client) {
		m := play(
			step{"mcp__py__pip_install", object{"packages": []string{"requests"}}},
			step{"mcp__py__pip_install", object{"packages": []string{"requests"}, "venv": ".venv"}},
		)
		r := newRoom(t, m)
		r.serve()
		r.installed(c)
		r.claude(c)
		told := m.told()
		if len(told) != 2 {
			t.Fatalf("%d results: %+v", len(told), told)
		}
		blocked(t, told[0], "would install requests into the system Python")
		if ran := r.ran(); ran != `mcp {"packages":["requests"],"venv":".venv"}`+"\n" {
			t.Errorf("started:\n%s", ran)
		}
	})
}

//go:build unix

package clients

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A step is one tool call that the model asks for. Its input may be a function of
// what it was told before.
type step struct {
	tool  string
	input any
}

// A result is what a client told the model of a step.
type result struct {
	text   string
	failed bool
}

// A model plays the part of a model by Anthropic's, OpenAI's or Google's interface.
// In each conversation it asks for the steps of its script, one after the other, and
// ends with a word. Conversations are told apart by a word in them: "main", or that
// of a subagent's prompt.
type model struct {
	scripts map[string][]step // by the word, such as PLAY-MAIN

	mu      sync.Mutex
	results map[string][]result
	tools   map[string]bool // names of those that the client offered
	log     []string
	bodies  []string // of all requests
}

// heard reports whether the model was told a text, in any way.
func (m *model) heard(text string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(m.bodies, func(b string) bool { return strings.Contains(b, text) })
}

// play makes a model of one script.
func play(steps ...step) *model {
	return &model{scripts: map[string][]step{"PLAY-MAIN": steps}}
}

// prompt begins the main conversation.
const prompt = "PLAY-MAIN"

// told returns what the model was told of the steps of the main conversation.
func (m *model) told() []result { return m.of("PLAY-MAIN") }

func (m *model) of(script string) []result {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.results[script]
}

// next returns the step that comes after some results, if there is one.
func (m *model) next(conversation string, results []result) (step, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for word, script := range m.scripts {
		if !strings.Contains(conversation, word) {
			continue
		}
		if m.results == nil {
			m.results = make(map[string][]result)
		}
		if len(results) >= len(m.results[word]) {
			m.results[word] = results
		}
		if len(results) < len(script) {
			next := script[len(results)]
			if f, ok := next.input.(func([]result) any); ok {
				next.input = f(results)
			}
			return next, true
		}
		break
	}
	return step{}, false
}

func (m *model) offered(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tools == nil {
		m.tools = make(map[string]bool)
	}
	m.tools[name] = true
}

// ServeHTTP answers one request.
func (m *model) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(req.Body, 64<<20))
	m.mu.Lock()
	m.log = append(m.log, req.Method+" "+req.URL.Path)
	m.bodies = append(m.bodies, string(body))
	m.mu.Unlock()
	switch p := req.URL.Path; {
	case strings.HasSuffix(p, "/v1/messages"):
		m.anthropic(w, body)
	case strings.HasSuffix(p, "/responses"):
		m.responses(w, body)
	case strings.HasSuffix(p, "/chat/completions"):
		m.completions(w, body)
	case strings.HasSuffix(p, ":streamGenerateContent"), strings.HasSuffix(p, ":generateContent"):
		m.google(w, body, strings.Contains(p, ":stream"))
	default:
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"data":[],"models":[],"input_tokens":1,"totalTokens":1}`)
	}
}

// A stream writes server-sent events.
type stream struct{ http.ResponseWriter }

func newStream(w http.ResponseWriter) stream {
	w.Header().Set("Content-Type", "text/event-stream")
	return stream{w}
}

// send writes one event, whose name may be empty.
func (s stream) send(event string, data map[string]any) {
	b, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	if event != "" {
		fmt.Fprintf(s, "event: %s\n", event)
	}
	fmt.Fprintf(s, "data: %s\n\n", b)
	if f, ok := s.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

type object = map[string]any
